import CMicroHTTPD
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// HTTP/1.1 by GNU libmicrohttpd: epoll threads, and a connection is suspended while its handler's
/// task waits for something.
final class MicroHTTPDTransport: HTTPTransport {
  private let socket: ListeningSocket
  private let daemons: [MicroHTTPDDaemon]
  private let deadlines: DeadlineTable
  private let acceptor: Acceptor

  var port: UInt16 { socket.port }
  var connectionCount: Int { daemons.reduce(0) { $0 + $1.connectionCount } }

  init(
    listeningOn address: ListenAddress, settings: TransportSettings,
    serving receiver: any RequestReceiver
  ) throws {
    let socket = try ListeningSocket(address)
    let deadlines = DeadlineTable(
      capacity: MicroHTTPDTransport.raiseDescriptorLimit(settings), settings: settings)
    let daemons = try (0..<max(1, settings.threads)).map { _ in
      try MicroHTTPDDaemon(receiver: receiver, deadlines: deadlines, settings: settings)
    }
    self.socket = socket
    self.deadlines = deadlines
    self.daemons = daemons
    let turn = Atomic<Int>(0)
    let sweeps = Atomic<Int>(0)
    let clientsEvery = MicroHTTPDTransport.sweepsBetweenLooksAtClients(settings)
    acceptor = try Acceptor(
      socket, sweepInterval: settings.sweepInterval,
      hasRoom: {
        daemons.reduce(0) { $0 + $1.connectionCount } < settings.connectionLimit
      },
      accept: { descriptor, address, size in
        let index = turn.add(1, ordering: .relaxed).newValue % daemons.count
        guard deadlines.canHold(descriptor) else { return _ = close(descriptor) }
        daemons[index].add(descriptor, address, size)
      },
      sweep: {
        let count = sweeps.add(1, ordering: .relaxed).newValue
        deadlines.sweep(at: MonotonicTime.now(), looksAtClients: count % clientsEvery == 0)
        for daemon in daemons { daemon.sweep() }
      })
    try acceptor.start()
  }

  func stop(within limit: Duration) async {
    acceptor.stopAccepting()
    for daemon in daemons { daemon.beginClosing() }
    deadlines.shutIdle()
    await drain(within: limit)
    for daemon in daemons { daemon.giveUpOnRequests() }
    await drain(within: .seconds(1))
    acceptor.join()
    for daemon in daemons { daemon.stop() }
    socket.close()
  }

  private func drain(within limit: Duration) async {
    let end = ContinuousClock.now + limit
    while daemons.contains(where: { $0.requestsInFlight > 0 }), ContinuousClock.now < end {
      try? await Task.sleep(for: .milliseconds(5))
      deadlines.shutIdle()
    }
  }

  /// A connection is a descriptor, and the usual soft limit of 1024 is for programs that `select`.
  /// - Returns: How many descriptors to be ready for.
  private static func raiseDescriptorLimit(_ settings: TransportSettings) -> Int {
    /// What beside connections is open: the database, files, logs.
    let others = 4096
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return settings.connectionLimit + others
    }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return settings.connectionLimit + others
  }

  /// Twice within a header's deadline: what is asked of the kernel for every waiting connection
  /// should not be asked at every sweep.
  private static func sweepsBetweenLooksAtClients(_ settings: TransportSettings) -> Int {
    let interval = max(1, settings.sweepInterval.nanoseconds)
    return Int(clamping: max(1, settings.headerDeadline.nanoseconds / 2 / interval))
  }
}
