/// One connection to PostgreSQL: an actor on a thread of its own, where it may block.
package actor Connection {
  private nonisolated let executor: ThreadExecutor
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private nonisolated let interruption: Interruption
  private let connectionString: String
  private let applicationName: String
  private let observer: StatementObserver
  private var wire: Wire?

  /// Connects at the first use.
  package init(
    to connectionString: String, applicationName: String = "martlet",
    observer: StatementObserver = StatementObserver(metrics: nil)
  ) throws(PostgreSQLError) {
    executor = ThreadExecutor(name: "postgresql")
    interruption = try Interruption()
    self.connectionString = connectionString
    self.applicationName = applicationName
    self.observer = observer
  }

  /// Runs `body` in a transaction and commits; rolls back when it throws.
  ///
  /// The closure runs on this connection's thread: nothing slow but SQL belongs in it.
  package func transaction<Output: Sendable>(
    as context: TransactionContext = .login, options: TransactionOptions = .standard,
    timeLimit: Duration = .seconds(30),
    _ body: nonisolated(nonsending) @Sendable (Transaction) async throws -> Output
  ) async throws -> Output {
    let deadline = ContinuousClock.now + (options.timeLimit ?? timeLimit)
    let lease = interruption.startLease()
    return try await withTaskCancellationHandler {
      let transaction = try begin(context, options, deadline)
      do {
        let output = try await body(transaction)
        try transaction.commit()
        return output
      } catch {
        transaction.rollback()
        throw error
      }
    } onCancel: {
      interruption.request(lease: lease)
    }
  }

  /// Statements in a transaction of their own, in one round trip.
  /// - Returns: A result for each, to be decoded by whoever knows the statements' types.
  func run(
    _ statements: [SQL], as context: TransactionContext, options: TransactionOptions,
    timeLimit: Duration
  ) async throws(PostgreSQLError) -> [StatementResult] {
    let deadline = ContinuousClock.now + (options.timeLimit ?? timeLimit)
    let lease = interruption.startLease()
    return try await withTaskCancellationHandler {
      runNow(statements, as: context, options: options, deadline: deadline)
    } onCancel: {
      interruption.request(lease: lease)
    }.get()
  }

  private func runNow(
    _ statements: [SQL], as context: TransactionContext, options: TransactionOptions,
    deadline: ContinuousClock.Instant
  ) -> Result<[StatementResult], PostgreSQLError> {
    do throws(PostgreSQLError) {
      let transaction = try begin(context, options, deadline)
      defer { transaction.rollback() }
      return .success(try transaction.send(statements, finishing: true))
    } catch {
      return .failure(error)
    }
  }

  /// Several statements as one text, without values, as a migration has them. Their rows are not read.
  package func script(
    _ text: String, timeLimit: Duration = .seconds(30)
  ) async throws(PostgreSQLError) {
    let deadline = ContinuousClock.now + timeLimit
    _ = interruption.startLease()
    try connectedWire(deadline).script(text, deadline: deadline)
  }

  private func begin(
    _ context: TransactionContext, _ options: TransactionOptions,
    _ deadline: ContinuousClock.Instant
  ) throws(PostgreSQLError) -> Transaction {
    Transaction(
      on: try connectedWire(deadline), as: context, options: options, deadline: deadline,
      observer: observer)
  }

  private func connectedWire(
    _ deadline: ContinuousClock.Instant
  ) throws(PostgreSQLError) -> Wire {
    if let wire, wire.isFit, wire.isStillConnected { return wire }
    wire = nil
    let fresh = try Wire(
      connectionString: connectionString, applicationName: applicationName,
      deadline: min(deadline, .now + .seconds(3)), interruption: interruption)
    wire = fresh
    return fresh
  }

  package func close() { wire = nil }
}
