package import FoundationEssentials

/// Where a sealed value lives. It opens nowhere else: moved to another row, column or owner it is
/// worthless.
package struct SealContext: Sendable {
  let table: StaticString
  let column: StaticString
  let row: UUID
  let owner: UUID

  /// - Parameter owner: Whose data it is, such as the shop's id.
  package init(table: StaticString, column: StaticString, row: UUID, owner: UUID) {
    self.table = table
    self.column = column
    self.row = row
    self.owner = owner
  }

  /// Each part behind its length, so that no two places have the same bytes.
  fileprivate var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for name in [table, column] {
      // Names of PostgreSQL have at most 63 bytes.
      precondition(name.utf8CodeUnitCount < 64)
      bytes.append(UInt8(name.utf8CodeUnitCount))
      name.withUTF8Buffer { bytes += $0 }
    }
    for id in [row, owner] { withUnsafeBytes(of: id.uuid) { bytes += $0 } }
    return bytes
  }
}

package enum SealError: Error, Equatable {
  /// Too short, or of a version that we do not write.
  case notSealed
  case tooLarge
  /// Sealed with another key than the one at hand.
  case otherKey(KeyID)
  /// Changed, or sealed for another place.
  case notAuthentic
}

/// As a `bytea` column holds it: version 1, the key's id, a random nonce, the cipher text, its tag.
package struct SealedValue: Sendable, Equatable {
  package let bytes: [UInt8]
  package let keyID: KeyID

  private static let version: UInt8 = 1
  private static let headerByteCount = 1 + KeyID.byteCount
  private static let overhead = headerByteCount + AESGCM.nonceByteCount + AESGCM.tagByteCount
  /// Keys, tokens and addresses. What is larger is a file and belongs elsewhere.
  package static let largestPlaintext = 1 << 20

  /// Looks at the shape only: whether it is what it says, opening tells.
  package init(_ bytes: [UInt8]) throws(SealError) {
    guard bytes.count >= Self.overhead, bytes[0] == Self.version,
      let keyID = KeyID(Array(bytes[1..<Self.headerByteCount]))
    else { throw .notSealed }
    guard bytes.count <= Self.largestPlaintext + Self.overhead else { throw .tooLarge }
    self.bytes = bytes
    self.keyID = keyID
  }

  /// A random nonce is safe for 2^32 values under one key: more than a shop will ever have.
  package init(
    sealing plaintext: [UInt8], with key: SecretKey, for context: SealContext
  ) throws(SealError) {
    guard plaintext.count <= Self.largestPlaintext else { throw .tooLarge }
    let header = [Self.version] + key.id.bytes
    let nonce = Sodium.randomBytes(AESGCM.nonceByteCount)
    let sealed = key.withBytes {
      AESGCM.seal(
        plaintext, key: $0, nonce: nonce, authenticated: header + context.bytes)
    }
    bytes = header + nonce + sealed
    keyID = key.id
  }

  package func open(
    with key: SecretKey, for context: SealContext
  ) throws(SealError) -> [UInt8] {
    guard key.id == keyID else { throw .otherKey(keyID) }
    let header = bytes.prefix(Self.headerByteCount)
    let rest = bytes.dropFirst(Self.headerByteCount)
    let plaintext = key.withBytes {
      AESGCM.open(
        Array(rest.dropFirst(AESGCM.nonceByteCount)), key: $0,
        nonce: Array(rest.prefix(AESGCM.nonceByteCount)), authenticated: header + context.bytes)
    }
    guard let plaintext else { throw .notAuthentic }
    return plaintext
  }
}

extension SealedValue {
  /// A key under another key, as data keys are kept.
  package init(
    wrapping wrapped: SecretKey, with key: SecretKey, for context: SealContext
  ) throws(SealError) {
    var bytes =
      wrapped.id.bytes
      + wrapped.withBytes {
        Array(UnsafeBufferPointer(start: $0, count: SecretKey.byteCount))
      }
    defer { bytes.wipe() }
    try self.init(sealing: bytes, with: key, for: context)
  }

  package func unwrapped(
    with key: SecretKey, for context: SealContext
  ) throws(SealError) -> SecretKey {
    var bytes = try open(with: key, for: context)
    defer { bytes.wipe() }
    guard let id = KeyID(Array(bytes.prefix(KeyID.byteCount))) else { throw .notSealed }
    var secret = Array(bytes.dropFirst(KeyID.byteCount))
    guard let key = SecretKey(id: id, wiping: &secret) else { throw .notSealed }
    return key
  }
}
