package import Observability
import Synchronization

/// A few connections that many tasks share, in the order in which they came.
///
/// Who finds all of them busy waits at most `maximumWait`. Whole transactions that wait, and may run
/// again, go to the server together when a connection is free; nothing waits in order to be gathered.
/// A connection looks after itself: used after the server has closed it, it connects anew.
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

  /// More in one round trip would make the last wait long for the first.
  private static let gatheredAtMost = 8

  private let configuration: Configuration
  private let observer: StatementObserver
  private let busy: Gauge?
  private let waiting: Gauge?
  private let waits: Durations?
  private let state: Mutex<State>

  package init(_ configuration: Configuration, metrics: Metrics? = nil) {
    self.configuration = configuration
    observer = StatementObserver(metrics: metrics)
    busy = metrics?.gauge("postgresql_connections_busy", help: "Connections in use.")
    waiting = metrics?.gauge(
      "postgresql_transactions_waiting", help: "Transactions that wait for a connection.")
    waits = metrics?.durations(
      "postgresql_pool_wait_seconds", help: "Time that a transaction waited for a connection.")
    state = Mutex(State(room: configuration.size))
  }

  /// Runs `body` in a transaction and commits; rolls back when it throws. The closure runs on the
  /// connection's thread, and again from its start where the options allow attempts.
  package func transaction<Output: Sendable>(
    as context: TransactionContext, options: TransactionOptions = .standard,
    _ body: nonisolated(nonsending) @Sendable (Transaction) async throws -> Output
  ) async throws -> Output {
    try await attempting(options) {
      let connection = try await lease()
      defer { release(connection) }
      return try await connection.transaction(
        as: context, options: options, timeLimit: configuration.timeLimit, body)
    }
  }

  /// Statements in a transaction of their own, in one round trip. For what takes milliseconds: a
  /// statement that takes long belongs in `transaction`, which has its connection alone and stops
  /// when its task is cancelled; here a cancelled task leaves the line, or waits for its answer.
  ///
  /// The answers are decoded after COMMIT: with the error `row`, the statements have happened.
  package func run<each Sent: Statement>(
    _ statement: repeat each Sent, as context: TransactionContext,
    options: TransactionOptions = .standard
  ) async throws(PostgreSQLError) -> (repeat (each Sent).Output) {
    let texts = Statements.texts(of: repeat each statement)
    try texts.checkValues()
    let results = try await attempting(options) { () async throws(PostgreSQLError) in
      try await answer(to: texts, as: context, options: options)
    }
    return try Statements.outputs(of: repeat each statement, results: results)
  }

  private func attempting<Output, Failure>(
    _ options: TransactionOptions, _ body: () async throws(Failure) -> Output
  ) async throws(Failure) -> Output {
    var attempt = 1
    // A new schema is met once by each connection, which then is a new one.
    var stalePlansLeft = options.mayRunAgain ? configuration.size : 0
    while true {
      do throws(Failure) {
        return try await body()
      } catch {
        let reason = error as? PostgreSQLError
        guard reason?.isWorthAnotherAttempt == true, !Task.isCancelled else { throw error }
        if reason?.serverError?.isStalePlan == true, stalePlansLeft > 0 {
          stalePlansLeft -= 1
          continue
        }
        guard attempt < options.attempts else { throw error }
        attempt += 1
      }
      // Longer with each attempt, and random, so that two that met do not meet again. A cancelled
      // task sleeps no longer, and fails at the next attempt.
      let longest = 4 << min(attempt, 7)
      try? await Task.sleep(for: .milliseconds(Int.random(in: 1...longest)))
    }
  }

  private func lease() async throws(PostgreSQLError) -> Connection {
    try await wait { deadline, continuation in
      Waiter(deadline: deadline, wants: .connection(continuation))
    }.get()
  }

  private func answer(
    to statements: [SQL], as context: TransactionContext, options: TransactionOptions
  ) async throws(PostgreSQLError) -> [StatementResult] {
    let deadline = ContinuousClock.now + (options.timeLimit ?? configuration.timeLimit)
    return try await wait { waitDeadline, continuation in
      let whole = WholeTransaction(
        statements: statements, context: context, options: options, deadline: deadline,
        continuation: continuation)
      return Waiter(deadline: waitDeadline, wants: .answer(whole))
    }.get()
  }

  // MARK: The line

  private struct State: ~Copyable {
    var idle: [Connection] = []
    /// Connections that may still be made.
    var room: Int
    var line = WaitingLine()
    var nextWaiter: UInt64 = 1
    var isExpiring = false

    init(room: Int) { self.room = room }

    /// Whom a free connection serves next: one that wants it for itself, or several whole
    /// transactions; nobody when the line is empty. Takes them out of the line.
    mutating func next(connections: Int) -> [Waiter] {
      guard let first = line.popFirst() else { return [] }
      var served = [first]
      // A fair share of those who wait, so that the other connections find some too.
      let share = min(1 + line.count / connections, Pool.gatheredAtMost)
      while first.mayBeGathered, served.count < share, line.first?.mayBeGathered == true {
        if let another = line.popFirst() { served.append(another) }
      }
      return served
    }
  }

  private struct Waiter: Sendable {
    enum Want {
      case connection(UnsafeContinuation<Result<Connection, PostgreSQLError>, Never>)
      case answer(WholeTransaction)
    }
    var id: UInt64 = 0
    let since = ContinuousClock.now
    let deadline: ContinuousClock.Instant
    let wants: Want

    var whole: WholeTransaction? {
      if case .answer(let whole) = wants { whole } else { nil }
    }
    var mayBeGathered: Bool { whole?.options.mayRunAgain == true }

    func fail(_ error: PostgreSQLError) {
      switch wants {
      case .connection(let continuation): continuation.resume(returning: .failure(error))
      case .answer(let whole): whole.resume(.failure(error))
      }
    }
  }

  private func wait<Value: Sendable>(
    _ waiter:
      @Sendable (
        ContinuousClock.Instant, UnsafeContinuation<Result<Value, PostgreSQLError>, Never>
      ) -> Waiter
  ) async -> Result<Value, PostgreSQLError> {
    guard !Task.isCancelled else { return .failure(.cancelled) }
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    let deadline = ContinuousClock.now + configuration.maximumWait
    return await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        var waiter = waiter(deadline, continuation)
        waiter.id = id
        enter(waiter)
      }
    } onCancel: {
      cancel(id)
    }
  }

  /// Serves the waiter at once where a connection is free or may be made; else puts it in the line.
  private func enter(_ waiter: Waiter) {
    let (connection, startsExpiry) = state.withLock { state -> (Connection?, Bool) in
      if let connection = state.idle.popLast() { return (connection, false) }
      if state.room > 0, let connection = newConnection() {
        state.room -= 1
        return (connection, false)
      }
      state.line.append(waiter)
      defer { state.isExpiring = true }
      return (nil, !state.isExpiring)
    }
    if let connection {
      busy?.add(1)
      waits?.record(nanoseconds: 0)
      return give(connection, to: waiter)
    }
    waiting?.add(1)
    if startsExpiry { Task { await expireWaiters() } }
    // The handler may have run before the waiter stood in the line.
    if Task.isCancelled { cancel(waiter.id) }
  }

  private func newConnection() -> Connection? {
    do throws(PostgreSQLError) {
      return try Connection(
        to: configuration.connectionString, applicationName: configuration.applicationName,
        observer: observer)
    } catch {
      // Out of descriptors: whoever waits shares the connections that there are.
      Log.error("postgresql.no_connection", ["reason": .string("\(error)")])
      return nil
    }
  }

  private func give(_ connection: Connection, to waiter: Waiter) {
    switch waiter.wants {
    case .connection(let continuation): continuation.resume(returning: .success(connection))
    case .answer(let whole): connection.serve([whole], of: self)
    }
  }

  private func release(_ connection: Connection) {
    let batch = next(for: connection)
    if !batch.isEmpty { connection.serve(batch, of: self) }
  }

  /// For a connection that has nothing to do.
  /// - Returns: What it is to answer next. When empty, it is idle or somebody else's already.
  func next(for connection: Connection) -> [WholeTransaction] {
    let served = state.withLock { state in
      let served = state.next(connections: configuration.size)
      if served.isEmpty { state.idle.append(connection) }
      return served
    }
    if served.isEmpty { busy?.add(-1) }
    served.forEach(left)
    if case .connection(let continuation) = served.first?.wants {
      continuation.resume(returning: .success(connection))
    }
    return served.compactMap(\.whole)
  }

  private func left(_ waiter: Waiter) {
    waiting?.add(-1)
    waits?.record(nanoseconds: waiter.since.duration(to: .now).nanoseconds)
  }

  private func cancel(_ id: UInt64) {
    guard let waiter = state.withLock({ $0.line.remove(id) }) else { return }
    left(waiter)
    waiter.fail(.cancelled)
  }

  /// Runs while somebody waits.
  private func expireWaiters() async {
    while true {
      let deadline = state.withLock { state -> ContinuousClock.Instant? in
        let first = state.line.first
        if first == nil { state.isExpiring = false }
        return first?.deadline
      }
      guard let deadline else { return }
      // Nobody cancels this task; were it so, it would only look more often.
      try? await Task.sleep(until: deadline, clock: .continuous)
      while let late = takeExpired() {
        left(late)
        late.fail(.poolBusy)
      }
    }
  }

  private func takeExpired() -> Waiter? {
    let now = ContinuousClock.now
    return state.withLock { state in
      guard let first = state.line.first, first.deadline <= now else { return nil }
      return state.line.popFirst()
    }
  }
}

extension Pool {
  /// First in, first out; anybody may leave at any time, and neither costs more in a long line.
  private struct WaitingLine {
    private var waiters: [UInt64: Waiter] = [:]
    /// The ids of those who came, in order. Who left is no longer among `waiters`.
    private var order: [UInt64] = []
    private var start = 0

    var count: Int { waiters.count }

    /// Forgets, on its way to the first, those who left before him.
    var first: Waiter? {
      mutating get {
        while start < order.count {
          if let waiter = waiters[order[start]] { return waiter }
          start += 1
        }
        order.removeAll(keepingCapacity: true)
        start = 0
        return nil
      }
    }

    mutating func append(_ waiter: Waiter) {
      if start > 1_024, start > order.count / 2 {
        order.removeFirst(start)
        start = 0
      }
      order.append(waiter.id)
      waiters[waiter.id] = waiter
    }

    mutating func popFirst() -> Waiter? { first.flatMap { remove($0.id) } }

    mutating func remove(_ id: UInt64) -> Waiter? { waiters.removeValue(forKey: id) }
  }
}
