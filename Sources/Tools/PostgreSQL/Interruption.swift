import Glibc
import Processes
import Synchronization

/// Lets any thread end the wait of a connection's thread. Meant for one lease of the connection:
/// an interruption that comes late, for a lease that has ended, does nothing.
final class Interruption: Sendable {
  /// Readable while an interruption is asked for.
  var descriptor: Int32 { pipe.reading }
  private let pipe: Pipe
  private let lease = Atomic<UInt64>(0)
  private let requested = Atomic<UInt64>(0)

  init() throws(PostgreSQLError) {
    do throws(Pipe.Failed) {
      pipe = try Pipe()
    } catch {
      throw .unavailable(reason: "\(error)")
    }
  }

  /// - Returns: The lease that `request` has to name.
  func startLease() -> UInt64 { lease.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue }

  func request(lease: UInt64) {
    requested.store(lease, ordering: .releasing)
    pipe.write(1)
  }

  /// For the connection's thread: true when this lease is to be interrupted. Clears the signal.
  func take() -> Bool {
    _ = pipe.readAvailable()
    return requested.load(ordering: .acquiring) == lease.load(ordering: .acquiring)
  }

  /// Waits for a request, at most so long.
  /// - Returns: True when the current lease is to be interrupted.
  func wait(milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, milliseconds) > 0 && take()
  }
}
