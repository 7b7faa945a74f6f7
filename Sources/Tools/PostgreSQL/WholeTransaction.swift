/// A transaction whose statements are all known before it starts, and who waits for its answer.
struct WholeTransaction: Sendable {
  typealias Answer = Result<[StatementResult], PostgreSQLError>

  let statements: [SQL]
  let context: TransactionContext
  let options: TransactionOptions
  let deadline: ContinuousClock.Instant
  let continuation: UnsafeContinuation<Answer, Never>

  func resume(_ answer: Answer) {
    continuation.resume(returning: answer.flatMap(checked))
  }

  /// What the end of the connection means for it, or a server that did not even answer that it
  /// stopped.
  /// - Parameter mayHaveHappened: It was sent.
  func meaning(of error: PostgreSQLError, _ mayHaveHappened: Bool) -> PostgreSQLError {
    if mayHaveHappened, !options.isReadOnly { return .outcomeUnknown }
    // Another's time had passed, or was cut short; there is more of this one's.
    if case .deadlinePassed = error, deadline > .now { return .connectionLost }
    return error
  }

  /// Without a role, settings or options, a pipeline is a transaction of its own already.
  private var isImplicit: Bool { context.prelude.isEmpty && !options.needsBegin }

  var messages: [Wire.Message] {
    var messages: [Wire.Message] = []
    messages.reserveCapacity(statements.count + 4)
    if !isImplicit {
      messages.append(options.begin)
      messages += context.prelude
    }
    for sql in statements { messages.append(.statement(sql, as: context)) }
    if !isImplicit { messages.append(.commit) }
    return messages
  }

  private func checked(_ results: [StatementResult]) -> Answer {
    guard !isImplicit else { return .success(results) }
    return results.last?.commandTag == "COMMIT" ? .success(results) : .failure(.rolledBack)
  }
}
