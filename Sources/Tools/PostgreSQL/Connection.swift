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

  /// Runs whole transactions for `pool` until it has no more, then is idle. Answers each at once.
  nonisolated func serve(_ batch: [WholeTransaction], of pool: Pool) {
    executor.perform {
      self.assumeIsolated { connection in
        var batch = batch
        while !batch.isEmpty {
          connection.answer(batch)
          batch = pool.next(for: connection)
        }
      }
    }
  }

  /// - Parameter batch: One that may run only once, or several of which each may run again.
  private func answer(_ batch: [WholeTransaction]) {
    let sets = batch.map(\.messages)
    let deadline = batch.map(\.deadline).max() ?? .now
    let started = ContinuousClock.now
    var answered = 0
    var failure: PostgreSQLError?
    do throws(PostgreSQLError) {
      _ = interruption.startLease()
      let wire = try connectedWire(deadline)
      try wire.exchange(sets, deadline: deadline) { index, result in
        answered = index + 1
        if case .failure(let error) = result { failure = failure ?? error }
        // Behind a failed one the session is still in its transaction: what others met there is
        // not their own error.
        let isCollateral = failure?.serverError?.state == .inFailedTransaction
        batch[index].resume(isCollateral ? .failure(.connectionLost) : result)
      }
      rollBackIfNeeded(wire)
    } catch {
      failure = error
      let outcome = wire?.isExpectingAnswer == true && !batch[0].options.mayRunAgain
      for unanswered in batch[answered...] {
        unanswered.resume(.failure(outcome ? .outcomeUnknown : error))
      }
    }
    observer.finished(sets.flatMap(\.self), since: started, error: failure)
  }

  private func rollBackIfNeeded(_ wire: Wire) {
    guard wire.isInTransaction else { return }
    do throws(PostgreSQLError) {
      _ = try wire.exchange([.rollback], deadline: .now + .seconds(1))
    } catch {
      wire.markBroken()
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
