package import FoundationEssentials

/// Files that outlive a request: on disk or in S3, with the same promises. A put is whole or not at
/// all, and replaces what was there; what is got is what was put, or an error.
package protocol ObjectStorage: Sendable {
  func put(
    _ content: ObjectContent, type: String, at key: ObjectKey
  ) async throws(StorageError) -> ObjectInfo
  /// - Parameter maximumBytes: Larger objects are refused; they are for `download`.
  func get(_ key: ObjectKey, maximumBytes: Int) async throws(StorageError) -> (
    bytes: [UInt8], info: ObjectInfo
  )
  /// A part, which ends with the object when that is shorter. Unlike a whole object, it is not
  /// compared with the checksum.
  func get(_ key: ObjectKey, range: Range<Int>) async throws(StorageError) -> [UInt8]
  /// Into a new file, which is there only when all of it has come and is right.
  func download(_ key: ObjectKey, to path: String) async throws(StorageError) -> ObjectInfo
  /// - Returns: Nil when there is no such object.
  func head(_ key: ObjectKey) async throws(StorageError) -> ObjectInfo?
  /// Also of what is not there.
  func delete(_ key: ObjectKey) async throws(StorageError)
  /// In the order of keys.
  /// - Parameters:
  ///   - after: The `next` of the page before.
  ///   - limit: 1 to 1000.
  func list(
    _ folder: ObjectKey, after: String?, limit: Int
  ) async throws(StorageError) -> ObjectPage
  /// A link that gives the object to whoever has it, until it expires; treat it as a secret.
  /// - Parameter fileName: Under which a browser saves it.
  func signedLink(
    to key: ObjectKey, fileName: String?, validForSeconds: Int
  ) throws(StorageError) -> String
}

extension ObjectStorage {
  package func get(_ key: ObjectKey) async throws(StorageError) -> (
    bytes: [UInt8], info: ObjectInfo
  ) { try await get(key, maximumBytes: 16 << 20) }
}

package enum ObjectContent: Sendable {
  case bytes([UInt8])
  case file(path: String)
}

package struct ObjectInfo: Sendable, Hashable {
  package let size: Int
  package let type: String
  /// Of the content, in hexadecimal.
  package let sha256: String
}

package struct ObjectPage: Sendable {
  package struct Entry: Sendable, Hashable {
    package let key: ObjectKey
    package let size: Int
    package let modifiedAt: Date
  }
  package let entries: [Entry]
  /// Where the next page goes on; nil at the end.
  package let next: String?
}

package enum StorageError: Error, Sendable, Hashable {
  case notFound
  /// What is kept is not what was put.
  case corrupted
  case tooLarge
  /// A content type with control characters, a validity out of bounds: our own mistake.
  case malformed
  case disk(call: String, errno: Int32)
  /// The service could not be reached or failed; trying later may help.
  case unavailable
  /// The service refused, with S3's own code, such as `AccessDenied`.
  case refused(code: String)
}
