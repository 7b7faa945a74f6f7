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
      let wire = try takeWire(deadline)
      defer { giveBack(wire) }
      let transaction = Transaction(
        on: wire, as: context, options: options, deadline: deadline, observer: observer)
      do {
        let output = try await body(transaction)
        try transaction.commit()
        return output
      } catch {
        // A lease of its own: what ended the transaction shall not end its end.
        _ = interruption.startLease()
        transaction.rollback()
        throw error
      }
    } onCancel: {
      interruption.request(lease: lease)
    }
  }

  /// The wire belongs to one transaction, also while that waits for something else than the server.
  private func takeWire(_ deadline: ContinuousClock.Instant) throws(PostgreSQLError) -> Wire {
    guard !Task.isCancelled else { throw .cancelled }
    let taken = try connectedWire(deadline)
    wire = nil
    return taken
  }

  private func giveBack(_ used: Wire) {
    if wire == nil, used.isFit { wire = used }
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

  /// Each is judged alone: one that fails, or is stopped, sends those behind it once more.
  private func answer(_ batch: [WholeTransaction]) {
    var waiting = batch
    while !waiting.isEmpty { waiting = answerOnce(waiting) }
  }

  /// One round trip.
  /// - Returns: Those that did not run, through no fault of their own.
  private func answerOnce(_ waiting: [WholeTransaction]) -> [WholeTransaction] {
    let started = ContinuousClock.now
    let batch = waiting.filter { $0.deadline > started }
    for late in waiting where late.deadline <= started { late.resume(.failure(.deadlinePassed)) }
    guard let lastDeadline = batch.map(\.deadline).max() else { return [] }

    let sets = batch.map(\.messages)
    let messages = sets.flatMap(\.self)
    var notRun: [WholeTransaction] = []
    var answered = 0
    var failure: PostgreSQLError?
    _ = interruption.startLease()
    do throws(PostgreSQLError) {
      let wire = try connectedWire(lastDeadline)
      observer.sends(messages)
      try wire.exchange(sets, deadlines: batch.map(\.deadline)) { index, outcome in
        answered = index + 1
        switch outcome {
        case .done(let results): batch[index].resume(.success(results))
        case .failed(let error) where error.serverError?.isStalePlan == true:
          notRun.append(batch[index])
        case .failed(let error):
          failure = failure ?? error
          batch[index].resume(.failure(error))
        case .notRun: notRun.append(batch[index])
        }
      }
      rollBackIfNeeded(wire)
    } catch {
      failure = error
      let mayHaveHappened = wire?.isExpectingAnswer == true
      for unanswered in batch[answered...] {
        unanswered.resume(.failure(unanswered.meaning(of: error, mayHaveHappened)))
      }
    }
    observer.finished(messages, since: started, error: failure)
    return notRun
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
