package import Observability
import Synchronization

/// A few connections that many tasks share, in the order in which they came.
///
/// Who finds all of them busy waits at most `maximumWait`. A connection looks after itself: whoever
/// leases one that the server has closed connects anew, so there is nothing to prune.
package final class Pool: Sendable {
  package struct Configuration: Sendable {
    package var connectionString: String
    package var applicationName: String
    /// Connections at most.
    package var size: Int
    package var maximumWait: Duration
    /// For a transaction as a whole, unless its options say otherwise.
    package var timeLimit: Duration

    package init(
      connectionString: String, applicationName: String = "martlet", size: Int = 8,
      maximumWait: Duration = .seconds(2), timeLimit: Duration = .seconds(5)
    ) {
      precondition(size > 0, "a pool needs a connection")
      self.connectionString = connectionString
      self.applicationName = applicationName
      self.size = size
      self.maximumWait = maximumWait
      self.timeLimit = timeLimit
    }
  }

  private let configuration: Configuration
  private let observer: StatementObserver
  private let busy: Gauge?
  private let waits: Durations?
  private let state: Mutex<State>

  package init(_ configuration: Configuration, metrics: Metrics? = nil) {
    self.configuration = configuration
    observer = StatementObserver(metrics: metrics)
    busy = metrics?.gauge("postgresql_connections_busy", help: "Connections in use.")
    waits = metrics?.durations(
      "postgresql_pool_wait_seconds", help: "Time that a task waited for a connection.")
    state = Mutex(State(room: configuration.size))
  }

  /// Runs `body` in a transaction and commits; rolls back when it throws. The closure runs on the
  /// connection's thread, and again from its start where the options allow attempts.
  package func transaction<Output: Sendable>(
    as context: TransactionContext, options: TransactionOptions = .standard,
    _ body: nonisolated(nonsending) @Sendable (Transaction) async throws -> Output
  ) async throws -> Output {
    var attempt = 1
    while true {
      let connection = try await lease()
      do {
        let output = try await connection.transaction(
          as: context, options: options, timeLimit: configuration.timeLimit, body)
        release(connection)
        return output
      } catch {
        release(connection)
        guard attempt < options.attempts,
          let state = (error as? PostgreSQLError)?.serverError?.state,
          state.isConflict
        else { throw error }
        try await Self.pause(beforeAttempt: attempt + 1)
        attempt += 1
      }
    }
  }

  /// Statements in a transaction of their own, in one round trip.
  package func run<each Sent: Statement>(
    _ statement: repeat each Sent, as context: TransactionContext,
    options: TransactionOptions = .standard
  ) async throws(PostgreSQLError) -> (repeat (each Sent).Output) {
    let texts = Statements.texts(of: repeat each statement)
    let results = try await run(texts, as: context, options: options)
    return try Statements.outputs(of: repeat each statement, results: results)
  }

  private func run(
    _ statements: [SQL], as context: TransactionContext, options: TransactionOptions
  ) async throws(PostgreSQLError) -> [StatementResult] {
    let connection = try await lease()
    defer { release(connection) }
    return try await connection.run(
      statements, as: context, options: options, timeLimit: configuration.timeLimit)
  }

  /// Grows with the attempts, and random so that two that met do not meet again.
  private static func pause(beforeAttempt attempt: Int) async throws {
    try await Task.sleep(for: .milliseconds(Int.random(in: 1...(8 << min(attempt, 6)))))
  }

  // MARK: Leasing

  private struct State: ~Copyable {
    var idle: [Connection] = []
    /// Connections that may still be made.
    var room: Int
    var waiters = WaitingLine<Waiter>()
    var nextWaiter: UInt64 = 0
    var hasExpiryTask = false

    init(room: Int) { self.room = room }
  }

  private struct Waiter: Sendable {
    let id: UInt64
    let deadline: ContinuousClock.Instant
    let continuation: UnsafeContinuation<Connection?, Never>
  }

  private enum Lease {
    case connection(Connection)
    case new, none
  }

  private func lease() async throws(PostgreSQLError) -> Connection {
    let lease = state.withLock { state -> Lease in
      if let connection = state.idle.popLast() { return .connection(connection) }
      guard state.room > 0 else { return .none }
      state.room -= 1
      return .new
    }
    busy?.add(1)
    switch lease {
    case .connection(let connection): return connection
    case .new: return try newConnection()
    case .none: return try await waitForConnection()
    }
  }

  private func newConnection() throws(PostgreSQLError) -> Connection {
    do throws(PostgreSQLError) {
      return try Connection(
        to: configuration.connectionString, applicationName: configuration.applicationName,
        observer: observer)
    } catch {
      state.withLock { $0.room += 1 }
      busy?.add(-1)
      throw error
    }
  }

  private func waitForConnection() async throws(PostgreSQLError) -> Connection {
    let started = ContinuousClock.now
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    let connection = await withTaskCancellationHandler {
      await withUnsafeContinuation { (continuation: UnsafeContinuation<Connection?, Never>) in
        enqueue(
          Waiter(id: id, deadline: started + configuration.maximumWait, continuation: continuation))
      }
    } onCancel: {
      giveUp { $0.id == id }
    }
    waits?.record(nanoseconds: started.duration(to: .now).nanoseconds)
    if let connection { return connection }
    busy?.add(-1)
    throw Task.isCancelled ? .cancelled : .poolBusy
  }

  private func enqueue(_ waiter: Waiter) {
    // Looked at again under the lock: a connection may have come back, or the task been cancelled.
    let isCancelled = Task.isCancelled
    let (free, startsExpiry) = state.withLock { state -> (Connection?, Bool) in
      if let connection = state.idle.popLast() { return (connection, false) }
      guard !isCancelled else { return (nil, false) }
      state.waiters.append(waiter)
      let startsExpiry = !state.hasExpiryTask
      state.hasExpiryTask = true
      return (nil, startsExpiry)
    }
    if free != nil || isCancelled { return waiter.continuation.resume(returning: free) }
    if startsExpiry { Task { await expireWaiters() } }
    // Cancelled between the look and the append: the handler may have run before there was anything
    // to remove.
    if Task.isCancelled { giveUp { $0.id == waiter.id } }
  }

  private func release(_ connection: Connection) {
    let waiter = state.withLock { state -> Waiter? in
      if let waiter = state.waiters.popFirst() { return waiter }
      state.idle.append(connection)
      return nil
    }
    busy?.add(-1)
    waiter?.continuation.resume(returning: connection)
  }

  private func giveUp(where matches: @Sendable (Waiter) -> Bool) {
    let waiters = state.withLock { $0.waiters.removeAll(where: matches) }
    for waiter in waiters { waiter.continuation.resume(returning: nil) }
  }

  /// Runs while somebody waits.
  private func expireWaiters() async {
    while true {
      let deadline = state.withLock { state -> ContinuousClock.Instant? in
        if state.waiters.first == nil { state.hasExpiryTask = false }
        return state.waiters.first?.deadline
      }
      guard let deadline else { return }
      // Nobody cancels this task; were it so, it would only look more often.
      try? await Task.sleep(until: deadline, clock: .continuous)
      let now = ContinuousClock.now
      giveUp { $0.deadline <= now }
    }
  }
}

/// First in, first out, without moving everybody up each time.
private struct WaitingLine<Element> {
  private var elements: [Element?] = []
  private var start = 0

  var first: Element? {
    start < elements.count ? elements[start] : nil
  }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    guard start < elements.count else { return nil }
    let element = elements[start]
    elements[start] = nil
    start += 1
    if start == elements.count || start > 1_024 {
      elements.removeFirst(start)
      start = 0
    }
    return element
  }

  mutating func removeAll(where matches: (Element) -> Bool) -> [Element] {
    let kept = elements[start...].compactMap { $0 }
    start = 0
    elements = kept.filter { !matches($0) }
    return kept.filter(matches)
  }
}
