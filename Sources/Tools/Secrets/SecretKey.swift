import CSodium

/// Names a key wherever it was used, and says nothing about it.
package struct KeyID: Sendable, Hashable, LosslessStringConvertible {
  package static let byteCount = 8
  package let bytes: [UInt8]

  /// Nil for any other number of bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// Sixteen lower-case hexadecimal digits; nil for anything else.
  package init?(_ description: String) {
    guard description.utf8.count == 2 * Self.byteCount else { return nil }
    let digits = description.utf8.compactMap(Self.value(ofDigit:))
    guard digits.count == 2 * Self.byteCount else { return nil }
    bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  private static func value(ofDigit digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  package static func random() -> KeyID { KeyID(fixed: Sodium.randomBytes(byteCount)) }

  private init(fixed bytes: [UInt8]) { self.bytes = bytes }

  package var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// 256 secret bits and their name. The bytes are never printed, and are wiped when the last holder lets
/// go; a copy of the object is the same object.
package final class SecretKey: @unchecked Sendable {
  package static let byteCount = 32
  package let id: KeyID
  /// Written by the initialisers only, hence safe to read from every thread.
  private let memory: UnsafeMutablePointer<UInt8>

  package static func random() -> SecretKey {
    let key = SecretKey(id: .random())
    randombytes_buf(key.memory, byteCount)
    return key
  }

  /// Nil unless there are 32 bytes. Wipes what it was given.
  package convenience init?(id: KeyID, wiping bytes: inout [UInt8]) {
    guard bytes.count == Self.byteCount else {
      bytes.wipe()
      return nil
    }
    self.init(id: id)
    memory.update(from: bytes, count: Self.byteCount)
    bytes.wipe()
  }

  private init(id: KeyID) {
    precondition(Sodium.isReady)
    self.id = id
    memory = .allocate(capacity: Self.byteCount)
    memory.initialize(repeating: 0, count: Self.byteCount)
  }

  deinit {
    sodium_memzero(memory, Self.byteCount)
    memory.deallocate()
  }

  /// Lends the 32 bytes. Who copies them wipes the copy.
  func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
    withExtendedLifetime(self) { body(memory) }
  }

  /// A key for one purpose, so that no two purposes share one. The same each time.
  /// Source: RFC 5869, HKDF-Expand with SHA-256 of one block.
  package func derived(for purpose: StaticString) -> SecretKey {
    let info = purpose.withUTF8Buffer { Array($0) }
    var bytes = HMAC.sha256(of: info + [1], key: self)
    guard let key = SecretKey(id: id, wiping: &bytes) else {
      preconditionFailure("a SHA-256 has 32 bytes")
    }
    return key
  }
}

extension SecretKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "key \(id)" }
  package var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
