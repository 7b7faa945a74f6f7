package import FoundationEssentials
import Glibc

/// The machine's clock, shifted by the seconds that a file says: 8 bytes, a signed number in the
/// machine's byte order. Every process that maps the same file is shifted at once, so a test or a
/// rehearsal moves a whole installation by one write.
package final class MovableClock: @unchecked Sendable {
  package struct Unreadable: Error, CustomStringConvertible {
    package let path: String
    package var description: String { "\(path) is no file of 8 bytes that can be read" }
  }

  /// Aligned, so that the 8 bytes are read at once.
  private let seconds: UnsafePointer<Int64>

  package init(path: String) throws(Unreadable) {
    let size = MemoryLayout<Int64>.size
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Unreadable(path: path) }
    defer { close(descriptor) }
    var status = stat()
    // A shorter file would end the process at the first look.
    guard fstat(descriptor, &status) == 0, status.st_size >= size,
      let memory = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
    else { throw Unreadable(path: path) }
    seconds = UnsafePointer(memory.assumingMemoryBound(to: Int64.self))
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: seconds), MemoryLayout<Int64>.size) }

  package func now() -> Date { Date() + TimeInterval(seconds.pointee) }
}
