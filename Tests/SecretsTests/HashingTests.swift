import Testing

@testable import Secrets

@Suite struct `Hashing` {
  @Test func `is SHA-256, by FIPS 180-4`() {
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(SHA256.hash("abc".utf8) == [UInt8](hex: abc))
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(SHA256.hash([]) == [UInt8](hex: empty))
  }

  @Test(arguments: [
    (
      [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      [UInt8](repeating: 0xaa, count: 131),
      Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func `under a key is HMAC-SHA-256, by RFC 4231`(key: [UInt8], message: [UInt8], code: String) {
    #expect(HMAC.sha256(of: message, key: key) == [UInt8](hex: code))
  }

  @Test func `under a key is checked as a whole`() {
    let key = SecretKey.counting()
    let code = HMAC.sha256(of: "order 7".utf8, key: key)
    #expect(HMAC.isValid(code, of: "order 7".utf8, key: key))
    #expect(!HMAC.isValid(code, of: "order 8".utf8, key: key))
    #expect(!HMAC.isValid(code, of: "order 7".utf8, key: .counting(from: 1)))
    #expect(!HMAC.isValid(Array(code.dropLast()), of: "order 7".utf8, key: key))
    #expect(!HMAC.isValid([], of: "order 7".utf8, key: key))
  }

  @Test func `is compared by content`() {
    #expect(areEqual([], []))
    #expect(areEqual([1, 2], [1, 2]))
    #expect(!areEqual([1, 2], [1, 3]))
    #expect(!areEqual([1, 2], [1, 2, 3]))
  }
}

@Suite struct `A secret token` {
  @Test func `has 256 random bits, and is stored as its hash`() {
    let tokens = (1...100).map { _ in SecretToken.random() }
    #expect(Set(tokens.map(\.text)).count == 100)
    for token in tokens {
      #expect(token.text.wholeMatch(of: /[A-Za-z0-9_-]{43}/) != nil)
      #expect(SecretToken(token.text).hash == token.hash)
      #expect(token.hash.count == 32)
    }
  }

  @Test func `is never printed`() {
    let token = SecretToken.random()
    var dumped = ""
    dump(token, to: &dumped)
    for text in ["\(token)", String(reflecting: token), dumped] {
      #expect(!text.contains(token.text))
    }
  }
}
