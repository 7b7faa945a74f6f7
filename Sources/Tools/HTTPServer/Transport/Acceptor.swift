import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The thread that takes connections from the listening socket and, between them, looks at what is
/// overdue.
///
/// One connection is taken a turn: processes that share the socket are all woken and race for it,
/// and a busy one loses, which spreads the connections better than a queue would.
final class Acceptor: Sendable {
  private let socket: ListeningSocket
  /// A pipe: what is written at one end wakes the thread that waits at the other.
  private let wakeup: (read: Int32, write: Int32)
  private let sweepInterval: Duration
  private let accept: @Sendable (Int32, UnsafePointer<sockaddr>, socklen_t) -> Void
  private let sweep: @Sendable () -> Void
  private let hasRoom: @Sendable () -> Bool
  private let phase = Atomic<Int>(Phase.accepting)
  /// Set before the thread starts, read by whoever stops it.
  private let thread = Mutex<pthread_t?>(nil)

  private enum Phase {
    static let accepting = 0
    static let sweeping = 1
    static let stopped = 2
  }

  init(
    _ socket: ListeningSocket, sweepInterval: Duration,
    hasRoom: @escaping @Sendable () -> Bool,
    accept: @escaping @Sendable (Int32, UnsafePointer<sockaddr>, socklen_t) -> Void,
    sweep: @escaping @Sendable () -> Void
  ) throws {
    self.socket = socket
    self.sweepInterval = sweepInterval
    self.hasRoom = hasRoom
    self.accept = accept
    self.sweep = sweep
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ListeningSocket.Failure("pipe") }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wakeup = (ends[0], ends[1])
  }

  deinit {
    close(wakeup.read)
    close(wakeup.write)
  }

  func start() throws {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let result = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Acceptor>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, context)
    guard result == 0 else {
      Unmanaged<Acceptor>.fromOpaque(context).release()
      throw ListeningSocket.Failure("pthread_create")
    }
    let started = thread
    self.thread.withLock { $0 = started }
  }

  /// Leaves new connections to other processes; deadlines are still kept.
  func stopAccepting() {
    phase.store(Phase.sweeping, ordering: .releasing)
    wake()
  }

  func join() {
    phase.store(Phase.stopped, ordering: .releasing)
    wake()
    if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
  }

  private func wake() { write(wakeup.write, [0], 1) }

  private func run() {
    var nextSweep = MonotonicTime.now() + sweepInterval.nanoseconds
    while true {
      let phase = phase.load(ordering: .acquiring)
      guard phase != Phase.stopped else { return }
      let now = MonotonicTime.now()
      if now >= nextSweep {
        sweep()
        nextSweep = now + sweepInterval.nanoseconds
      }
      let milliseconds = Int32(clamping: (nextSweep - now) / 1_000_000 + 1)
      if wait(for: phase == Phase.accepting && hasRoom(), milliseconds) { takeOne() }
    }
  }

  /// - Returns: Whether somebody is waiting to be let in.
  private func wait(for connections: Bool, _ milliseconds: Int32) -> Bool {
    var descriptors = (
      pollfd(fd: wakeup.read, events: Int16(POLLIN), revents: 0),
      // Negative: looked at by nobody.
      pollfd(fd: connections ? socket.descriptor : -1, events: Int16(POLLIN), revents: 0)
    )
    withUnsafeMutablePointer(to: &descriptors) {
      $0.withMemoryRebound(to: pollfd.self, capacity: 2) { _ = poll($0, 2, milliseconds) }
    }
    if descriptors.0.revents != 0 {
      var bytes: UInt64 = 0
      read(wakeup.read, &bytes, 8)
    }
    return descriptors.1.revents & Int16(POLLIN) != 0
  }

  private func takeOne() {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let descriptor = Glibc.accept(socket.descriptor, address, &size)
        if descriptor >= 0 {
          accept(descriptor, address, size)
        } else if errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS {
          // The client waits in the queue; asking again at once would only burn the core.
          usleep(10_000)
        }
      }
    }
  }
}
