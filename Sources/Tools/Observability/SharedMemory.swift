import Glibc

/// Memory that a supervisor and its child processes see alike: counters and the requests in flight
/// survive the process that wrote them. Zero-filled when made.
package final class SharedMemory: @unchecked Sendable {
  package enum Failed: Error { case system(call: String, errno: Int32) }

  package let bytes: UnsafeMutableRawBufferPointer
  /// To be handed to a child process, which opens it by `init(descriptor:size:)`.
  package let descriptor: Int32

  /// - Parameter size: Bytes.
  package convenience init(size: Int) throws(Failed) {
    // Unlinked at once: the memory lives as long as a process holds its descriptor.
    let name = "/martlet-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(call: "shm_open", errno: errno) }
    shm_unlink(name)
    guard ftruncate(descriptor, off_t(size)) == 0 else {
      throw .system(call: "ftruncate", errno: errno)
    }
    try self.init(descriptor: descriptor, size: size)
  }

  package init(descriptor: Int32, size: Int) throws(Failed) {
    let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw .system(call: "mmap", errno: errno) }
    self.bytes = UnsafeMutableRawBufferPointer(start: address, count: size)
    self.descriptor = descriptor
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
    close(descriptor)
  }
}
