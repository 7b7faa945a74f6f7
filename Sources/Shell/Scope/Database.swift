package import PostgreSQL
package import Processes

/// The database as capabilities see it: nothing can be asked without a scope.
package struct Database: Sendable {
  private let pool: Pool
  private let faults: FaultPoints

  package init(pool: Pool, faults: FaultPoints = .none) {
    self.pool = pool
    self.faults = faults
  }

  /// Commits when `body` returns, rolls back when it throws. Nothing but SQL belongs inside.
  package func transaction<Output: Sendable>(
    in scope: some TransactionScope, options: TransactionOptions = .standard,
    _ body: nonisolated(nonsending) @Sendable (Transaction) async throws -> Output
  ) async throws -> Output {
    let faults = faults
    let output = try await pool.transaction(as: scope.passage.context, options: options) { tx in
      let output = try await body(tx)
      faults.reach("transaction.before_commit")
      return output
    }
    faults.reach("transaction.committed")
    return output
  }

  /// Statements that need no answer from each other: one transaction, one round trip.
  @discardableResult
  package func run<each Sent: Statement>(
    _ statement: repeat each Sent, in scope: some TransactionScope,
    options: TransactionOptions = .standard
  ) async throws(PostgreSQLError) -> (repeat (each Sent).Output) {
    try await pool.run(repeat each statement, as: scope.passage.context, options: options)
  }

  /// Whether the schema is the one that this program knows.
  package func schemaStatus(
    by migrator: Migrator
  ) async throws(PostgreSQLError) -> Migrator.Status {
    try await migrator.status(on: pool, as: Guard.anybody().passage.context)
  }

  /// Every row.
  package func all<Row>(
    _ query: Query<Row>, in scope: some TransactionScope
  ) async throws(PostgreSQLError) -> [Row] {
    try await run(query, in: scope)
  }

  /// The first row, if there is one.
  package func first<Row>(
    _ query: Query<Row>, in scope: some TransactionScope
  ) async throws(PostgreSQLError) -> Row? {
    try await run(query, in: scope).first
  }

  /// The only row; anything else throws `notOneRow`.
  package func one<Row>(
    _ query: Query<Row>, in scope: some TransactionScope
  ) async throws(PostgreSQLError) -> Row {
    let rows = try await run(query, in: scope)
    guard let row = rows.first, rows.count == 1 else { throw .notOneRow(rows.count) }
    return row
  }
}
