import CMicroHTTPD
import IPAddresses
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// One thread of the library and the requests on it.
final class MicroHTTPDDaemon: @unchecked Sendable {
  let receiver: any RequestReceiver
  let deadlines: DeadlineTable
  let settings: TransportSettings

  /// Set once, before the thread takes its first connection.
  private var daemon: OpaquePointer?
  private let connections = Atomic<Int>(0)
  private let inFlight = Atomic<Int>(0)
  /// Answers say `Connection: close` from now on.
  private let closing = Atomic<Bool>(false)
  /// Nothing may be suspended from now on: the library aborts when it is stopped with a suspended
  /// connection.
  private let givingUp = Atomic<Bool>(false)
  private let waiting = Mutex(Waiting())

  /// Suspended or about to be.
  private struct Waiting {
    var exchanges: [ObjectIdentifier: (exchange: Exchange, overdueAt: Int64)] = [:]
    var streams: [ObjectIdentifier: ResponseStream] = [:]
  }

  struct CannotStart: Error {}

  init(
    receiver: any RequestReceiver, deadlines: DeadlineTable, settings: TransportSettings
  ) throws {
    self.receiver = receiver
    self.deadlines = deadlines
    self.settings = settings
    daemon = martlet_mhd_start(
      Unmanaged.passUnretained(self).toOpaque(), MicroHTTPDCallbacks.access,
      MicroHTTPDCallbacks.target, MicroHTTPDCallbacks.unescape, MicroHTTPDCallbacks.completed,
      MicroHTTPDCallbacks.connection, UInt32(settings.connectionLimit),
      settings.connectionMemoryBytes)
    guard daemon != nil else { throw CannotStart() }
  }

  var connectionCount: Int { connections.load(ordering: .relaxed) }
  var requestsInFlight: Int { inFlight.load(ordering: .acquiring) }
  var isClosing: Bool { closing.load(ordering: .acquiring) }

  /// The library closes the socket when it cannot take it.
  func add(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t) {
    _ = MHD_add_connection(daemon, descriptor, address, size)
  }

  // MARK: Connections

  func opened(_ connection: OpaquePointer) -> Client? {
    let descriptor = martlet_mhd_socket(connection)
    guard descriptor >= 0 else { return nil }
    connections.add(1, ordering: .relaxed)
    deadlines.opened(descriptor, at: MonotonicTime.now())
    let address = IPAddress(martlet_mhd_peer(connection))
    let isTrusted = settings.trustedProxies.contains { $0.contains(address) }
    return Client(
      descriptor: descriptor, address: address,
      trustedProxies: isTrusted ? settings.trustedProxies : [])
  }

  func closed(_ client: Client) {
    connections.subtract(1, ordering: .relaxed)
    deadlines.closed(client.descriptor)
  }

  // MARK: Requests

  /// The request line is complete.
  func began(_ connection: OpaquePointer, _ client: Client, target: [UInt8]) -> Exchange {
    let now = MonotonicTime.now()
    deadlines.set(
      .receiving, client.descriptor, at: now + settings.headerDeadline.nanoseconds)
    return Exchange(connection: connection, client: client, target: target, startedAt: now)
  }

  /// - Returns: Whether the connection goes on.
  func proceed(
    _ exchange: Exchange, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>,
    body: UnsafeRawBufferPointer
  ) -> Bool {
    switch exchange.step {
    case .head: return admit(exchange, method: method, version: version)
    case .body where !body.isEmpty: return receive(body, exchange)
    case .body: return finishBody(exchange)
    case .ready: return handle(exchange)
    case .handling:
      guard let response = exchange.takeAnswer() else { return false }
      return send(response, exchange)
    case .answered: return true
    }
  }

  private func admit(
    _ exchange: Exchange, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) -> Bool {
    let admission: Admission
    do {
      admission = receiver.admit(try readHead(exchange, method: method, version: version))
    } catch {
      // Answered at once, the library closes the connection: what follows cannot be trusted.
      return send(receiver.refusal(error, nil), exchange)
    }
    exchange.request = admission.request
    inFlight.add(1, ordering: .relaxed)
    receiver.started(admission.request)
    exchange.deadline = admission.deadline
    switch admission.plan {
    case .answer(let response):
      if admission.request.head.hasBody { return send(response, exchange) }
      exchange.refusal = response
    case .handle(let reader):
      exchange.reader = reader
    }
    exchange.step = admission.request.head.hasBody ? .body : .ready
    if exchange.step == .body { expectBody(exchange) }
    return true
  }

  private func readHead(
    _ exchange: Exchange, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) throws(HTTPError) -> RequestHead {
    var builder = RequestHeadBuilder(
      target: exchange.target, capacity: martlet_mhd_head_size(exchange.connection) + 64)
    exchange.target = []
    withUnsafeMutablePointer(to: &builder) { builder in
      _ = MHD_get_connection_values_n(
        exchange.connection, .HEADER_KIND, MicroHTTPDCallbacks.field, builder)
    }
    let name = UnsafeBufferPointer(
      start: UnsafeRawPointer(method).assumingMemoryBound(to: UInt8.self), count: strlen(method))
    return try builder.finish(
      method: name, isHTTP11: strcmp(version, "HTTP/1.1") == 0, peer: exchange.client.address,
      trustedProxies: exchange.client.trustedProxies)
  }

  // MARK: Bodies

  private func expectBody(_ exchange: Exchange) {
    let worth = Int64(exchange.receivedBytes) * 1_000_000_000
    deadlines.set(
      .receiving, exchange.client.descriptor,
      at: exchange.startedAt + settings.bodyGrace.nanoseconds
        + worth / Int64(max(1, settings.minimumBytesPerSecond)))
  }

  /// A body that was refused half-way is read past, so that the client, which may not read before
  /// it has written, learns why; but only so much of it.
  private func receive(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) -> Bool {
    let patience = 1 << 20
    exchange.receivedBytes += bytes.count
    expectBody(exchange)
    if let reader = exchange.reader, exchange.refusal == nil {
      do {
        try reader.receive(bytes)
      } catch {
        exchange.reader = nil
        exchange.refusal = closing(receiver.refusal(error, exchange.request))
        exchange.receivedBytes = 0
      }
      return true
    }
    return exchange.receivedBytes < patience
  }

  private func finishBody(_ exchange: Exchange) -> Bool {
    if exchange.refusal == nil, let reader = exchange.reader, let request = exchange.request {
      do {
        exchange.request = request.with(body: try reader.finish())
      } catch {
        exchange.refusal = receiver.refusal(error, request)
      }
    }
    return handle(exchange)
  }

  // MARK: Handling

  private func handle(_ exchange: Exchange) -> Bool {
    guard let request = exchange.request else { return false }
    if let refusal = exchange.refusal { return send(refusal, exchange) }
    if givingUp.load(ordering: .acquiring) {
      return send(receiver.refusal(.stopping, request), exchange)
    }
    exchange.step = .handling
    deadlines.clear(exchange.client.descriptor)
    // Runs here until its first wait: an answer that is at hand never leaves this thread.
    let task = Task.immediate { [receiver] in
      let response = await receiver.answer(request)
      self.finish(exchange, response)
    }
    if let response = exchange.takeAnswer() { return send(response, exchange) }
    suspend(exchange, task)
    return true
  }

  private func suspend(_ exchange: Exchange, _ task: Task<Void, Never>) {
    let overdueAt = MonotonicTime.now() + exchange.deadline.nanoseconds
    MHD_suspend_connection(exchange.connection)
    waiting.withLock { $0.exchanges[ObjectIdentifier(exchange)] = (exchange, overdueAt) }
    guard exchange.suspend(task) else {
      task.cancel()
      return resume(exchange)
    }
    if givingUp.load(ordering: .acquiring) { giveUp(exchange, .stopping) }
  }

  private func finish(_ exchange: Exchange, _ response: Response) {
    if exchange.finish(response) { resume(exchange) }
  }

  private func giveUp(_ exchange: Exchange, _ error: HTTPError) {
    if exchange.giveUp(receiver.refusal(error, exchange.request)) { resume(exchange) }
  }

  private func resume(_ exchange: Exchange) {
    waiting.withLock { _ = $0.exchanges.removeValue(forKey: ObjectIdentifier(exchange)) }
    MHD_resume_connection(exchange.connection)
  }

  // MARK: Answering

  private func closing(_ response: Response) -> Response {
    var response = response
    response.headers.set("Connection", "close")
    return response
  }

  private func send(_ response: Response, _ exchange: Exchange) -> Bool {
    let response = isClosing ? closing(response) : response
    exchange.step = .answered
    exchange.status = response.status
    exchange.sentBytes = response.body.count ?? 0
    deadlines.set(
      .sending, exchange.client.descriptor,
      at: MonotonicTime.now() + settings.writeWindow.nanoseconds)
    guard let made = MicroHTTPDResponse.make(response, for: exchange, by: self) else {
      return false
    }
    defer { MHD_destroy_response(made) }
    return MHD_queue_response(exchange.connection, UInt32(response.status), made) == .YES
  }

  func startStream(_ stream: ResponseStream, for exchange: Exchange) {
    exchange.stream = stream
    waiting.withLock { $0.streams[ObjectIdentifier(stream)] = stream }
    let connection = UInt(bitPattern: exchange.connection)
    stream.start(wake: { MHD_resume_connection(OpaquePointer(bitPattern: connection)) })
    if givingUp.load(ordering: .acquiring) { stream.close() }
  }

  /// Fills the library's buffer from a stream, or suspends the connection until there is more.
  func read(
    _ stream: ResponseStream, for exchange: Exchange, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    let descriptor = exchange.client.descriptor
    let chunk = stream.read(
      into: buffer,
      park: {
        deadlines.clear(descriptor)
        MHD_suspend_connection(exchange.connection)
      })
    switch chunk {
    case .bytes(let count):
      exchange.sentBytes += count
      deadlines.set(
        .sending, descriptor, at: MonotonicTime.now() + settings.writeWindow.nanoseconds)
      return count
    case .later: return 0
    case .end: return martlet_mhd_end_of_stream
    case .failure: return martlet_mhd_end_with_error
    }
  }

  /// The answer is with the kernel, or the client is gone.
  func completed(_ exchange: Exchange, isComplete: Bool) {
    let now = MonotonicTime.now()
    if let stream = exchange.stream {
      waiting.withLock { _ = $0.streams.removeValue(forKey: ObjectIdentifier(stream)) }
      stream.close()
    }
    deadlines.set(
      .idle, exchange.client.descriptor, at: now + settings.idleTimeout.nanoseconds)
    guard let request = exchange.request else { return }
    inFlight.subtract(1, ordering: .releasing)
    receiver.finished(
      request,
      RequestOutcome(
        status: exchange.status, durationNanoseconds: now - exchange.startedAt,
        bodyBytes: exchange.sentBytes, isComplete: isComplete))
  }

  // MARK: From the sweep and the end

  func sweep() {
    let now = MonotonicTime.now()
    let (overdue, streams) = waiting.withLock { waiting in
      (
        waiting.exchanges.values.filter { now >= $0.overdueAt }.map(\.exchange),
        Array(waiting.streams.values)
      )
    }
    for exchange in overdue { giveUp(exchange, .overdue) }
    let instant = ContinuousClock.now
    for stream in streams { stream.beat(at: instant) }
  }

  func beginClosing() {
    closing.store(true, ordering: .releasing)
    for stream in waiting.withLock({ Array($0.streams.values) }) { stream.endEvents() }
  }

  func giveUpOnRequests() {
    givingUp.store(true, ordering: .releasing)
    let (exchanges, streams) = waiting.withLock {
      ($0.exchanges.values.map(\.exchange), Array($0.streams.values))
    }
    for exchange in exchanges { giveUp(exchange, .stopping) }
    for stream in streams { stream.close() }
  }

  /// Only after `giveUpOnRequests`.
  func stop() {
    MHD_stop_daemon(daemon)
    daemon = nil
  }
}
