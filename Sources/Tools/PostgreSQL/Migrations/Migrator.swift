/// Brings a database's schema up to date: roles first, then each numbered file that it has not run,
/// in a transaction of its own together with the row that says so.
package struct Migrator: Sendable {
  /// What a program finds that only wants to work with the schema.
  package enum Status: Sendable, Equatable {
    case current
    case pending(Int)
    /// The database has run what this program does not know, or something else under its number.
    case unknown(String)
  }

  private let folder: MigrationFolder
  var known: [Migration] { folder.migrations }
  let owner: String
  let schema: String
  private let lockTimeout: Duration
  private let patience: Duration

  /// Reads the folder.
  /// - Parameters:
  ///   - owner: The role that migrations become, and that owns what they make.
  ///   - schema: Made when missing; holds the table `migrations`, and is the search path of every file.
  ///   - lockTimeout: Longer, and everybody else would queue behind a migration that waits.
  ///   - patience: For other migrators, and for locks that are tried again.
  package init(
    folder: String, owner: String, schema: String, lockTimeout: Duration = .seconds(2),
    patience: Duration = .seconds(300)
  ) throws {
    self.folder = try MigrationFolder(path: folder)
    self.owner = owner
    self.schema = schema
    self.lockTimeout = lockTimeout
    self.patience = patience
  }

  /// Safe to call from several processes at once: one works, the others wait and find nothing to do.
  /// - Parameter connectionString: Of a login that may become `owner`, to the server itself: a pooler
  ///   between transactions would lose the lock. A superuser, or a login with CREATEROLE that owns the
  ///   database, makes the roles too.
  /// - Returns: What was applied now.
  package func migrate(_ connectionString: String) async throws -> [Migration] {
    let connection = try Connection(to: connectionString, applicationName: "martlet migrate")
    let deadline = ContinuousClock.now + patience
    do {
      let applied = try await migrate(on: connection, until: deadline)
      await connection.close()
      return applied
    } catch {
      await connection.close()
      throw error
    }
  }

  /// - Parameter context: A role that may read the table `migrations`.
  package func status(
    on pool: Pool, as context: TransactionContext
  ) async throws(PostgreSQLError) -> Status {
    do {
      return status(of: try await pool.run(applied, as: context))
    } catch {
      guard error.serverError?.state == .undefinedTable else { throw error }
      return .pending(known.count)
    }
  }

  private func migrate(
    on connection: Connection, until deadline: ContinuousClock.Instant
  ) async throws -> [Migration] {
    try await connection.script(
      """
      SET search_path = \(schema);
      SET statement_timeout = 0;
      SET idle_in_transaction_session_timeout = 0;
      SET lock_timeout = '\(lockTimeout / .milliseconds(1))ms';
      """)
    try await waitForTurn(on: connection, until: deadline)
    try await makeRoles(on: connection, until: deadline)
    try await connection.script(
      """
      SET LOCAL ROLE \(owner);
      SET LOCAL client_min_messages = warning;
      CREATE SCHEMA IF NOT EXISTS \(schema);
      CREATE TABLE IF NOT EXISTS \(schema).migrations (
        number      integer PRIMARY KEY,
        title       text NOT NULL,
        checksum    text NOT NULL,  -- SHA-256 of the file, in hexadecimal
        applied_at  timestamptz NOT NULL DEFAULT now()
      );
      """)
    let pending = try await pendingMigrations(on: connection)
    for (migration, checksum) in pending {
      try await apply(migration, checksum: checksum, on: connection, until: deadline)
    }
    return pending.map(\.migration)
  }

  /// Asks again and again instead of waiting in the database: a CREATE INDEX CONCURRENTLY of the
  /// process whose turn it is would wait for our waiting transaction.
  private func waitForTurn(
    on connection: Connection, until deadline: ContinuousClock.Instant
  ) async throws {
    let take = Query<Bool>(
      "SELECT pg_try_advisory_lock(hashtextextended(\("migrations of " + schema), 0)) AS mine"
    ) { row throws(RowError) in try row.get("mine") }
    while try await !connection.transaction({ tx in try await tx.one(take) }) {
      guard ContinuousClock.now < deadline else { throw MigrationError.busy }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  private func makeRoles(
    on connection: Connection, until deadline: ContinuousClock.Instant
  ) async throws {
    let who = Query<(login: String, mayMakeRoles: Bool, mayBecomeOwner: Bool)>(
      """
      SELECT current_user AS login, rolsuper OR rolcreaterole AS may_make_roles,
             EXISTS (SELECT FROM pg_roles AS owner
                      WHERE owner.rolname = \(owner) AND pg_has_role(owner.oid, 'MEMBER')) AS is_member
        FROM pg_roles WHERE rolname = current_user
      """
    ) { row throws(RowError) in
      (try row.get("login"), try row.get("may_make_roles"), try row.get("is_member"))
    }
    let we = try await connection.transaction { tx in try await tx.one(who) }
    if we.mayMakeRoles {
      try await run(folder.roles, named: "roles.sql", on: connection, until: deadline)
    } else if !we.mayBecomeOwner {
      throw MigrationError.rolesMissing(login: we.login, rolesFile: "\(folder.path)/roles.sql")
    }
  }

  private func apply(
    _ migration: Migration, checksum: String, on connection: Connection,
    until deadline: ContinuousClock.Instant
  ) async throws {
    // First, so that a second migrator fails on the key before it does anything. The title and the
    // checksum have no character that could end the text.
    let row = """
      INSERT INTO \(schema).migrations (number, title, checksum)
      VALUES (\(migration.number), '\(migration.title)', '\(checksum)');
      """
    let name = migration.fileName
    guard migration.isOutsideTransaction else {
      // A text of several statements is one transaction.
      let text = "SET LOCAL ROLE \(owner);\n\(row)\n\(migration.text)"
      return try await run(text, named: name, on: connection, until: deadline)
    }
    try await connection.script("SET ROLE \(owner)")
    for statement in migration.statements {
      try await run(statement, named: name, on: connection, until: deadline)
    }
    try await run(row, named: name, on: connection, until: deadline)
    try await connection.script("RESET ROLE")
  }

  /// Again, after a pause, where locks were not to be had or another database of the same server was
  /// changing the same roles.
  private func run(
    _ text: String, named name: String, on connection: Connection,
    until deadline: ContinuousClock.Instant
  ) async throws {
    while true {
      do throws(PostgreSQLError) {
        return try await connection.script(text, timeLimit: .seconds(6 * 3600))
      } catch {
        guard let server = error.serverError else { throw error }
        guard server.isWorthAnotherTry else {
          throw MigrationError.failed(name, state: server.state.code, message: server.message)
        }
        guard ContinuousClock.now < deadline else { throw MigrationError.locked(name) }
      }
      try await Task.sleep(for: .milliseconds(Int.random(in: 50...500)))
    }
  }
}

extension ServerError {
  fileprivate var isWorthAnotherTry: Bool {
    state == .lockNotAvailable || state.isConflict
      // Two transactions changed one row of a catalog; it has no SQLSTATE of its own.
      || (state.code == "XX000" && message.hasPrefix("tuple concurrently"))
      || (state == .uniqueViolation && table?.hasPrefix("pg_") == true)
  }
}
