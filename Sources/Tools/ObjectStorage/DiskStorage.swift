import Dispatch
package import FoundationEssentials
import Glibc
import Secrets

/// Objects as files below one folder. What is known of an object stands before its content in the
/// same file, so that one rename replaces both at once.
package final class DiskStorage: ObjectStorage {
  private let root: String
  private let links: LinkSigner
  private let now: @Sendable () -> Date

  /// - Parameter root: A folder of ours alone; made when it is not there.
  package init(
    root: String, links: LinkSigner, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.root = root
    self.links = links
    self.now = now
  }

  package func put(
    _ content: ObjectContent, type: String, at key: ObjectKey
  ) async throws(StorageError) -> ObjectInfo {
    try await onThread { [self] () throws(StorageError) in
      let path = path(of: key)
      try makeFolders(above: path)
      // A name that no key can have, so that it never shows in a list.
      let temporary = path + "~\(UInt64.random(in: 0 ... .max))"
      do throws(StorageError) {
        let info = try DiskObject.write(content, type: type, to: temporary)
        try replace(path, by: temporary)
        return info
      } catch {
        unlink(temporary)
        throw error
      }
    }
  }

  package func get(
    _ key: ObjectKey, maximumBytes: Int
  ) async throws(StorageError) -> (bytes: [UInt8], info: ObjectInfo) {
    try await onThread { [self] () throws(StorageError) in
      let object = try DiskObject(path(of: key))
      guard object.info.size <= maximumBytes else { throw .tooLarge }
      let bytes = try object.read(0..<object.info.size)
      guard SHA256.hash(bytes).hexadecimal == object.info.sha256 else { throw .corrupted }
      return (bytes, object.info)
    }
  }

  package func get(
    _ key: ObjectKey, range: Range<Int>
  ) async throws(StorageError) -> [UInt8] {
    try await onThread { [self] () throws(StorageError) in
      try DiskObject(path(of: key)).read(range)
    }
  }

  package func download(
    _ key: ObjectKey, to path: String
  ) async throws(StorageError) -> ObjectInfo {
    try await onThread { [self] () throws(StorageError) in
      let object = try DiskObject(self.path(of: key))
      do throws(StorageError) {
        try object.copyContent(to: path)
        return object.info
      } catch {
        unlink(path)
        throw error
      }
    }
  }

  package func head(_ key: ObjectKey) async throws(StorageError) -> ObjectInfo? {
    try await onThread { [self] () throws(StorageError) in
      do throws(StorageError) {
        return try DiskObject(path(of: key)).info
      } catch .notFound {
        return nil
      }
    }
  }

  package func delete(_ key: ObjectKey) async throws(StorageError) {
    try await onThread { [self] () throws(StorageError) in
      guard unlink(path(of: key)) == 0 || errno == ENOENT || errno == ENOTDIR else {
        throw .failed("unlink")
      }
    }
  }

  package func list(
    _ folder: ObjectKey, after: String?, limit: Int
  ) async throws(StorageError) -> ObjectPage {
    try await onThread { [self] () throws(StorageError) in
      var walk = DiskWalk(after: after ?? "", limit: min(max(limit, 1), 1_000))
      try walk.visit("\(root)/\(folder)", key: folder.description)
      return walk.page
    }
  }

  package func signedLink(
    to key: ObjectKey, fileName: String?, validForSeconds: Int
  ) throws(StorageError) -> String {
    guard (1...604_800).contains(validForSeconds) else { throw .malformed }
    let expiresAt = Int(now().timeIntervalSince1970) + validForSeconds
    return links.link(to: key, fileName: fileName, expiresAt: expiresAt)
  }

  private func path(of key: ObjectKey) -> String { "\(root)/\(key)\(DiskObject.suffix)" }

  private func makeFolders(above path: String) throws(StorageError) {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    guard !folder.isEmpty, access(folder, F_OK) != 0 else { return }
    try makeFolders(above: folder)
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw .failed("mkdir") }
    try flushFolder(above: folder)
  }

  private func replace(_ path: String, by temporary: String) throws(StorageError) {
    guard rename(temporary, path) == 0 else { throw .failed("rename") }
    try flushFolder(above: path)
  }

  /// Only then is the entry for `path` itself safe from a power cut.
  private func flushFolder(above path: String) throws(StorageError) {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    try File.open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY).flush()
  }
}

/// Runs what blocks away from the threads that tasks share.
func onThread<Value: Sendable>(
  _ body: @escaping @Sendable () throws(StorageError) -> Value
) async throws(StorageError) -> Value {
  let result = await withCheckedContinuation { continuation in
    DispatchQueue.global(qos: .utility).async {
      continuation.resume(returning: Result(catching: body))
    }
  }
  return try result.get()
}
