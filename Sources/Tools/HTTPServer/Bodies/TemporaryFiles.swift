import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The uploads of one request. They are removed with it, except those that were moved away.
final class TemporaryFiles: Sendable {
  private let folder: String
  private let paths = Mutex<[String]>([])

  init(in folder: String) { self.folder = folder }

  deinit {
    for path in paths.withLock({ $0 }) { unlink(path) }
  }

  /// - Returns: Nil when the disk is full or the folder missing.
  func create() -> TemporaryFile? {
    var name: [UInt8] = []
    RequestID.append(to: &name)
    let path = "\(folder)/upload-\(String(decoding: name, as: UTF8.self))"
    guard let file = TemporaryFile(path) else { return nil }
    paths.withLock { $0.append(path) }
    return file
  }
}

/// A file that is being received. Written to on the connection's thread: what it waits for is the
/// page cache, not the disk.
final class TemporaryFile {
  let path: String
  private(set) var count = 0
  private var descriptor: Int32

  fileprivate init?(_ path: String) {
    self.path = path
    descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    if descriptor < 0 { return nil }
  }

  deinit { finish() }

  /// - Returns: False when not all could be stored.
  func append(_ bytes: ArraySlice<UInt8>) -> Bool {
    let isStored = bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let written = write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return false }
        rest = rest.dropFirst(written)
      }
      return true
    }
    count += bytes.count
    return isStored
  }

  func finish() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }
}
