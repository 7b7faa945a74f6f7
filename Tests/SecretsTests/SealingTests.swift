import FoundationEssentials
import TestSupport
import Testing

@testable import Secrets

@Suite struct `A secret key` {
  @Test func `is never printed`() {
    let key = SecretKey.counting()
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(text.contains("a0a1a2a3a4a5a6a7"))
      #expect(!text.contains("0, 1, 2") && !text.contains("000102"))
    }
  }

  @Test func `wipes the bytes that it is made of`() {
    var bytes = [UInt8](repeating: 7, count: 32)
    #expect(SecretKey(id: .random(), wiping: &bytes) != nil)
    #expect(bytes.isEmpty)
    var short = [UInt8](repeating: 7, count: 31)
    #expect(SecretKey(id: .random(), wiping: &short) == nil)
    #expect(short.isEmpty)
  }

  @Test func `has a name of sixteen digits`() {
    #expect(KeyID("00ff00ff00ff00ff")?.bytes == [0, 255, 0, 255, 0, 255, 0, 255])
    #expect(KeyID("00FF00ff00ff00ff") == nil)
    #expect(KeyID("00ff00ff00ff00f") == nil)
    #expect(KeyID("00ff00ff00ff00ffa") == nil)
    #expect(KeyID("") == nil)
    let id = KeyID.random()
    #expect(KeyID(id.description) == id)
  }

  @Test func `gives each purpose a key of its own, by RFC 5869`() {
    // Made with Python's hmac: HMAC-SHA-256 of the purpose and a byte of 1.
    let expected = "0e7994116c0fb05671dec64e142bb42775013c768ec9a2b798b66a678a3c1639"
    let key = SecretKey.counting()
    let derived = key.derived(for: "access tokens")
    #expect(
      derived.withBytes { Array(UnsafeBufferPointer(start: $0, count: 32)) }
        == [UInt8](hex: expected))
    #expect(derived.id == key.id)
  }
}

@Suite struct `AES-256-GCM` {
  struct Vector: Sendable {
    let key, nonce, plaintext, authenticated, sealed: [UInt8]

    init(
      _ key: String, _ nonce: String, _ plaintext: String, _ authenticated: String, _ sealed: String
    ) {
      self.key = [UInt8](hex: key)
      self.nonce = [UInt8](hex: nonce)
      self.plaintext = [UInt8](hex: plaintext)
      self.authenticated = [UInt8](hex: authenticated)
      self.sealed = [UInt8](hex: sealed)
    }
  }

  /// Test cases 13, 14 and 16 of McGrew and Viega, which NIST SP 800-38D refers to.
  static let vectors = [
    Vector(
      String(repeating: "0", count: 64), String(repeating: "0", count: 24), "", "",
      "530f8afbc74536b9a963b4f1c4cb738b"),
    Vector(
      String(repeating: "0", count: 64), String(repeating: "0", count: 24),
      String(repeating: "0", count: 32), "",
      "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
    Vector(
      "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      "cafebabefacedbaddecaf888",
      """
      d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5\
      25b16aedf5aa0de657ba637b39
      """, "feedfacedeadbeeffeedfacedeadbeefabaddad2",
      """
      522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10568288\
      38c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b
      """),
  ]

  @Test(arguments: vectors)
  func `gives what the standard gives`(vector: Vector) {
    let sealed = AESGCM.seal(
      vector.plaintext, key: vector.key, nonce: vector.nonce, authenticated: vector.authenticated)
    #expect(sealed == vector.sealed)
    let opened = AESGCM.open(
      vector.sealed, key: vector.key, nonce: vector.nonce, authenticated: vector.authenticated)
    #expect(opened == vector.plaintext)
  }

  @Test(arguments: vectors)
  func `opens nothing that was changed by a bit`(vector: Vector) {
    func opens(_ sealed: [UInt8], _ nonce: [UInt8], _ authenticated: [UInt8]) -> Bool {
      AESGCM.open(sealed, key: vector.key, nonce: nonce, authenticated: authenticated) != nil
    }
    for index in vector.sealed.indices {
      var changed = vector.sealed
      changed[index] ^= 1
      #expect(!opens(changed, vector.nonce, vector.authenticated))
    }
    #expect(!opens(vector.sealed.dropLast(), vector.nonce, vector.authenticated))
    #expect(!opens([], vector.nonce, vector.authenticated))
    #expect(!opens(vector.sealed, vector.nonce, vector.authenticated + [0]))
    #expect(!opens(vector.sealed, vector.nonce.reversed() + [], [1] + vector.authenticated))
  }
}

@Suite struct `A sealed value` {
  private static let row = UUID(uuidString: "00112233-4455-6677-8899-AABBCCDDEEFF")!
  private static let shop = UUID(uuidString: "0F0E0D0C-0B0A-0908-0706-050403020100")!
  private let context = SealContext(table: "bots", column: "token", row: row, owner: shop)
  private let key = SecretKey.counting()

  @Test func `opens where it was sealed`() throws {
    for count in [0, 1, 15, 16, 17, 1_000, SealedValue.largestPlaintext] {
      let plaintext = Sodium.randomBytes(count)
      let sealed = try SealedValue(sealing: plaintext, with: key, for: context)
      #expect(sealed.bytes.count == count + 37)
      #expect(try SealedValue(sealed.bytes).open(with: key, for: context) == plaintext)
    }
  }

  /// Made with Python's cryptography, from the format as it is written down.
  private let madeElsewhere = [UInt8](
    hex: """
      01a0a1a2a3a4a5a6a7101112131415161718191a1b4cccab2c28ab59d3f0c9cf4ace127dbc7712ad16603688
      """)

  @Test func `has a format that others can write`() throws {
    let sealed = try SealedValue(madeElsewhere)
    #expect(sealed.keyID == key.id)
    #expect(try sealed.open(with: key, for: context) == Array("123:abc".utf8))
  }

  @Test func `opens nowhere else`() throws {
    let other = UUID(uuidString: "FFFFFFFF-4455-6677-8899-AABBCCDDEEFF")!
    let places = [
      SealContext(table: "shops", column: "token", row: Self.row, owner: Self.shop),
      SealContext(table: "bots", column: "secret", row: Self.row, owner: Self.shop),
      SealContext(table: "bot", column: "stoken", row: Self.row, owner: Self.shop),
      SealContext(table: "bots", column: "token", row: other, owner: Self.shop),
      SealContext(table: "bots", column: "token", row: Self.row, owner: other),
      SealContext(table: "bots", column: "token", row: Self.shop, owner: Self.row),
    ]
    let sealed = try SealedValue(madeElsewhere)
    for place in places {
      #expect(throws: SealError.notAuthentic) { try sealed.open(with: key, for: place) }
    }
  }

  @Test func `is refused with any byte changed, left out or added`() throws {
    for index in madeElsewhere.indices {
      for bit in 0..<8 {
        var changed = madeElsewhere
        changed[index] ^= 1 << bit
        #expect(throws: SealError.self) { try SealedValue(changed).open(with: key, for: context) }
      }
      #expect(throws: SealError.self) {
        try SealedValue(Array(madeElsewhere[..<index])).open(with: key, for: context)
      }
    }
    #expect(throws: SealError.notAuthentic) {
      try SealedValue(madeElsewhere + [0]).open(with: key, for: context)
    }
  }

  @Test func `says which key it needs`() throws {
    let sealed = try SealedValue(madeElsewhere)
    let other = SecretKey.counting(id: "0000000000000001")
    #expect(throws: SealError.otherKey(key.id)) { try sealed.open(with: other, for: context) }
    let namesake = SecretKey.counting(from: 1)
    #expect(throws: SealError.notAuthentic) { try sealed.open(with: namesake, for: context) }
  }

  @Test func `has a largest size, and one version`() {
    let large = [UInt8](repeating: 0, count: SealedValue.largestPlaintext + 1)
    #expect(throws: SealError.tooLarge) {
      try SealedValue(sealing: large, with: key, for: context)
    }
    #expect(throws: SealError.tooLarge) { try SealedValue([1] + large + large) }
    #expect(throws: SealError.notSealed) { try SealedValue([2] + madeElsewhere.dropFirst()) }
    #expect(throws: SealError.notSealed) { try SealedValue([]) }
  }

  @Test func `never uses a nonce twice`() throws {
    let nonces = try (1...1_000).map { _ in
      try SealedValue(sealing: [1], with: key, for: context).bytes[9..<21]
    }
    #expect(Set(nonces).count == 1_000)
  }

  @Test func `holds another key, which comes back under its name`() throws {
    let data = SecretKey.random()
    let wrapped = try SealedValue(wrapping: data, with: key, for: context)
    let unwrapped = try wrapped.unwrapped(with: key, for: context)
    #expect(unwrapped.id == data.id)
    let sealed = try SealedValue(sealing: [1, 2, 3], with: data, for: context)
    #expect(try sealed.open(with: unwrapped, for: context) == [1, 2, 3])
    let noKey = try SealedValue(sealing: [1, 2, 3], with: key, for: context)
    #expect(throws: SealError.notSealed) { try noKey.unwrapped(with: key, for: context) }
  }

  @Test func `is refused, and stops nothing, when it is noise`() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      var noise = (0..<Int.random(in: 0...80, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random), noise.count > 9 {
        noise.replaceSubrange(0..<9, with: [1] + key.id.bytes)
      }
      #expect(throws: SealError.self) { try SealedValue(noise).open(with: key, for: context) }
    }
  }
}

@Suite struct `A sealed box` {
  private let address = Array("12 Moi Avenue, Nairobi".utf8)

  @Test func `is opened by the key of its public key alone`() throws {
    let pair = BoxKeyPair.random()
    let sealed = try pair.publicKey.seal(address)
    #expect(sealed.count == address.count + 48)
    #expect(try pair.open(sealed) == address)
    #expect(throws: SealError.notAuthentic) { try BoxKeyPair.random().open(sealed) }
    #expect(try pair.publicKey.seal(address) != sealed)
    #expect(try pair.open(pair.publicKey.seal([])) == [])
  }

  @Test func `was made elsewhere and opens here`() throws {
    // Made with PyNaCl.
    let pair = BoxKeyPair(secretKey: .counting())
    #expect(
      pair.publicKey.bytes
        == [UInt8](hex: "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f"))
    let box = """
      47b7719368a741555ee2f1af8ba743ad0c6ab4e04651512ec7071ce7e2156e3469bd2e493a9bf67699e00a20\
      6b8feebb57bbae0080d491f7aa970d85cde8cc597bcbfe6499e0
      """
    #expect(try pair.open([UInt8](hex: box)) == address)
  }

  @Test func `is refused when it is changed, short or sealed to no real key`() throws {
    let pair = BoxKeyPair.random()
    let sealed = try pair.publicKey.seal(address)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(throws: SealError.notAuthentic) { try pair.open(changed) }
    }
    #expect(throws: SealError.notSealed) { try pair.open(Array(sealed.prefix(47))) }
    #expect(throws: SealError.tooLarge) {
      try pair.open([UInt8](repeating: 0, count: SealedValue.largestPlaintext + 49))
    }
    #expect(BoxPublicKey([UInt8](repeating: 1, count: 31)) == nil)
    let nothing = try #require(BoxPublicKey([UInt8](repeating: 0, count: 32)))
    #expect(throws: SealError.notAuthentic) { try nothing.seal(address) }
  }
}
