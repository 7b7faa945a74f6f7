/// A running transaction. Lives on its connection's thread and ends with the closure it is given to.
///
/// BEGIN, the role and the settings travel with the first statement. Where several statements are
/// known at once, `run(_:_:…)` sends them together.
package final class Transaction {
  private let wire: Wire
  private let context: TransactionContext
  private let options: TransactionOptions
  private let deadline: ContinuousClock.Instant
  private let observer: StatementObserver
  private var hasBegun = false

  init(
    on wire: Wire, as context: TransactionContext, options: TransactionOptions,
    deadline: ContinuousClock.Instant, observer: StatementObserver
  ) {
    self.wire = wire
    self.context = context
    self.options = options
    self.deadline = deadline
    self.observer = observer
  }

  /// Every row.
  package nonisolated(nonsending) func all<Row>(
    _ query: Query<Row>
  ) async throws(PostgreSQLError) -> [Row] {
    try Statements.output(of: query, send([query.sql])[0])
  }

  /// The first row, if there is one.
  package nonisolated(nonsending) func first<Row>(
    _ query: Query<Row>
  ) async throws(PostgreSQLError) -> Row? {
    try await all(query).first
  }

  /// The only row; anything else throws `notOneRow`.
  package nonisolated(nonsending) func one<Row>(
    _ query: Query<Row>
  ) async throws(PostgreSQLError) -> Row {
    let rows = try await all(query)
    guard let row = rows.first, rows.count == 1 else { throw .notOneRow(rows.count) }
    return row
  }

  /// - Returns: The number of rows touched.
  @discardableResult
  package nonisolated(nonsending) func run(
    _ command: Command
  ) async throws(PostgreSQLError) -> Int {
    try Statements.output(of: command, send([command.sql])[0])
  }

  /// Several statements in one round trip.
  package nonisolated(nonsending) func run<each Sent: Statement>(
    _ statement: repeat each Sent
  ) async throws(PostgreSQLError) -> (repeat (each Sent).Output) {
    let results = try send(Statements.texts(of: repeat each statement))
    return try Statements.outputs(of: repeat each statement, results: results)
  }

  func commit() throws(PostgreSQLError) {
    guard hasBegun else { return }
    try checkOpen()
    let results: [StatementResult]
    do throws(PostgreSQLError) {
      results = try exchange([.commit])
    } catch {
      // Once COMMIT is on its way, only its answer tells what became of it.
      throw wire.isExpectingAnswer && !options.isReadOnly ? .outcomeUnknown : error
    }
    // A transaction in which an error was swallowed ends in a ROLLBACK, whatever was asked.
    guard results.first?.commandTag == "COMMIT" else { throw .rolledBack }
  }

  /// Leaves the connection fit for others, or broken and to be closed.
  func rollback() {
    guard wire.isInTransaction else { return }
    do throws(PostgreSQLError) {
      _ = try wire.exchange([.rollback], deadline: .now + .seconds(1))
    } catch {
      wire.markBroken()
    }
  }

  /// Loads rows by `COPY … FROM STDIN`: far faster than INSERT, and refused under row-level security.
  /// - Parameters:
  ///   - text: The whole COPY statement, without values.
  ///   - rows: Lines in COPY's text format, each with its line feed.
  package nonisolated(nonsending) func copy(
    into text: String, rows: some Sequence<String>
  ) async throws(PostgreSQLError) {
    try startCopy()
    try observed([.copy(text)]) { () throws(PostgreSQLError) in
      try wire.copyIn(text, rows: rows, deadline: deadline)
    }
  }

  /// Reads rows by `COPY … TO STDOUT`, a chunk (here: a row) at a time.
  package nonisolated(nonsending) func copy(
    from text: String, each chunk: ([UInt8]) -> Void
  ) async throws(PostgreSQLError) {
    try startCopy()
    try observed([.copy(text)]) { () throws(PostgreSQLError) in
      try wire.copyOut(text, deadline: deadline, each: chunk)
    }
  }

  private func startCopy() throws(PostgreSQLError) {
    if hasBegun { try checkOpen() } else { _ = try send([]) }
  }

  private func send(_ statements: [SQL]) throws(PostgreSQLError) -> [StatementResult] {
    try statements.checkValues()
    try checkOpen()
    var messages = hasBegun ? [] : [options.begin] + context.prelude
    for sql in statements { messages.append(.statement(sql, as: context)) }
    hasBegun = true
    return try exchange(messages)
  }

  /// - Throws: When what is sent next would not be part of this transaction, or not in time. Nothing
  ///   was sent then.
  private func checkOpen() throws(PostgreSQLError) {
    guard !Task.isCancelled else { throw .cancelled }
    try wire.checkReady(deadline)
    // A statement ended it, or BEGIN failed: behind that, each would commit by itself, without role.
    guard !hasBegun || wire.isInTransaction else { throw .rolledBack }
  }

  private func exchange(
    _ messages: [Wire.Message]
  ) throws(PostgreSQLError) -> [StatementResult] {
    try observed(messages) { () throws(PostgreSQLError) in
      try wire.exchange(messages, deadline: deadline)
    }
  }

  private func observed<Result>(
    _ messages: [Wire.Message], _ body: () throws(PostgreSQLError) -> Result
  ) throws(PostgreSQLError) -> Result {
    let started = ContinuousClock.now
    observer.sends(messages)
    do throws(PostgreSQLError) {
      let result = try body()
      observer.finished(messages, since: started, error: nil)
      return result
    } catch {
      observer.finished(messages, since: started, error: error)
      throw error
    }
  }
}
