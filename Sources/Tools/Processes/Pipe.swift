import CLinux
import Glibc

/// Two descriptors: what is written to one is read from the other. Neither side ever waits.
package final class Pipe: Sendable {
  package enum Failed: Error { case pipe(errno: Int32) }

  package let reading: Int32
  package let writing: Int32

  package init() throws(Failed) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { throw .pipe(errno: errno) }
    reading = ends[0]
    writing = ends[1]
  }

  deinit {
    close(reading)
    close(writing)
  }

  /// One that is full has something to read already, which is all that a reader needs to know.
  package func write(_ byte: UInt8) {
    var byte = byte
    _ = Glibc.write(writing, &byte, 1)
  }

  /// What is there now, possibly nothing.
  package func readAvailable() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = read(reading, &buffer, buffer.count)
    return count > 0 ? Array(buffer[..<count]) : []
  }
}
