#if canImport(Glibc)
  import Glibc
#endif

/// A regular file that is open for sending.
package final class OpenFile: Sendable {
  let descriptor: Int32
  package let count: Int
  /// Seconds since 1970.
  package let modifiedAt: Int

  package init(_ path: String) throws(HTTPError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .notFound }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notFound
    }
    self.descriptor = descriptor
    count = Int(facts.st_size)
    modifiedAt = facts.st_mtim.tv_sec
  }

  deinit { close(descriptor) }

  /// A descriptor that whoever sends it closes.
  func duplicate() -> Int32? {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    return copy >= 0 ? copy : nil
  }
}
