import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite struct `Migrating` {
  let scratch: ScratchFolder
  let database: TestDatabase

  init() async throws {
    scratch = try ScratchFolder()
    database = try await .empty()
    try write(
      "roles.sql",
      """
      DO $$
      BEGIN
        IF to_regrole('tool_owner') IS NULL THEN
          CREATE ROLE tool_owner NOLOGIN;
        END IF;
        EXECUTE format('GRANT CREATE ON DATABASE %I TO tool_owner', current_database());
      END $$;
      """)
    try write("0001-boxes.sql", "CREATE TABLE boxes (box integer PRIMARY KEY);")
    try write(
      "0002-lids.sql", "ALTER TABLE boxes ADD lid text; INSERT INTO boxes VALUES (1, 'red');")
  }

  @Test func `runs every file once, in order, as the owner`() async throws {
    #expect(try await migrate() == ["0001-boxes.sql", "0002-lids.sql"])
    #expect(try await migrate() == [])
    #expect(try await count("tool.boxes WHERE lid = 'red'") == 1)
    #expect(
      try await count("pg_class WHERE relname = 'boxes' AND relowner = 'tool_owner'::regrole") == 1)
  }

  @Test func `runs every file once when several processes start together`() async throws {
    let applied = try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 1...4 { group.addTask { try await migrate() } }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(applied.sorted() == ["0001-boxes.sql", "0002-lids.sql"])
  }

  @Test func `refuses a file that was edited after it ran`() async throws {
    _ = try await migrate()
    try write("0001-boxes.sql", "CREATE TABLE boxes (box bigint PRIMARY KEY);")
    try write("0003-more.sql", "CREATE TABLE more ();")
    await #expect(throws: MigrationError.edited("0001-boxes.sql")) { try await migrate() }
    #expect(try await count("pg_class WHERE relname = 'more'") == 0)
  }

  @Test func `refuses a file that was renamed after it ran`() async throws {
    _ = try await migrate()
    try remove("0002-lids.sql")
    try write("0002-tops.sql", "SELECT 1;")
    await #expect(throws: MigrationError.renamed("0002-tops.sql", appliedAs: "0002-lids.sql")) {
      try await migrate()
    }
    #expect(try await isUnknown())
  }

  @Test func `refuses a database that is newer than the program`() async throws {
    _ = try await migrate()
    try remove("0002-lids.sql")
    await #expect(throws: MigrationError.newerDatabase(number: 2, title: "lids")) {
      try await migrate()
    }
    #expect(try await isUnknown())
  }

  @Test func `refuses a gap and a name without number`() async throws {
    try write("0004-far.sql", "SELECT 1;")
    await #expect(throws: MigrationError.gap(expected: 3, found: "0004-far.sql")) {
      try await migrate()
    }
    try write("notes.sql", "SELECT 1;")
    await #expect(throws: MigrationError.badName("notes.sql")) { try await migrate() }
  }

  @Test func `keeps nothing of a file that fails, and everything before it`() async throws {
    try write("0003-broken.sql", "CREATE TABLE half (); SELECT 1 / 0;")
    await #expect(
      throws: MigrationError.failed("0003-broken.sql", state: "22012", message: "division by zero")
    ) { try await migrate() }
    #expect(try await count("pg_class WHERE relname = 'half'") == 0)
    #expect(try await count("pg_class WHERE relname = 'boxes'") == 1)

    try write("0003-broken.sql", "CREATE TABLE whole ();")
    #expect(try await migrate() == ["0003-broken.sql"])
  }

  @Test func `gives up in time on a table that a long transaction holds, and works later`()
    async throws
  {
    _ = try await migrate()
    try write("0003-wider.sql", "CREATE TABLE beside (); ALTER TABLE boxes ADD width integer;")
    let reader = try Connection(to: database.superuserConnectionString)
    try await reader.transaction { tx in
      try await tx.run(Command("LOCK TABLE tool.boxes IN ACCESS SHARE MODE"))
      await #expect(throws: MigrationError.locked("0003-wider.sql")) {
        try await migrate(lockTimeout: .milliseconds(20), patience: .zero)
      }
    }
    #expect(try await count("pg_class WHERE relname = 'beside'") == 0)
    #expect(try await migrate() == ["0003-wider.sql"])
  }

  @Test func `builds an index beside the running program, and again after a failure`() async throws
  {
    try write(
      "0003-index.sql",
      """
      -- outside a transaction
      -- Why: lids are looked up.
      DROP INDEX CONCURRENTLY IF EXISTS boxes_lid;
      CREATE UNIQUE INDEX CONCURRENTLY boxes_lid
        ON boxes (lid);
      """)
    try write(
      "0002-lids.sql",
      "ALTER TABLE boxes ADD lid text; INSERT INTO boxes VALUES (1, 'red'), (2, 'red');")
    await #expect(throws: MigrationError.self) { try await migrate() }
    #expect(try await count("tool.migrations") == 2)

    try await sql("UPDATE tool.boxes SET lid = box")
    #expect(try await migrate() == ["0003-index.sql"])
    #expect(
      try await count("pg_index WHERE indisvalid AND indexrelid = 'tool.boxes_lid'::regclass") == 1)
  }

  @Test func `says how to make the roles when its login may not`() async throws {
    _ = try await TestDatabase.own()
    let migrator = try Migrator(folder: scratch.path, owner: "nobody_made_it", schema: "tool")
    await #expect(
      throws: MigrationError.rolesMissing(
        login: "martlet_migrate", rolesFile: "\(scratch.path)/roles.sql")
    ) { try await migrator.migrate(database.connectionString(login: "martlet_migrate")) }
  }

  @Test func `tells how far a database is`() async throws {
    #expect(try await status() == .pending(2))
    _ = try await migrate()
    #expect(try await status() == .current)
    try write("0003-more.sql", "CREATE TABLE more ();")
    #expect(try await status() == .pending(1))
  }

  private func write(_ name: String, _ text: String) throws {
    try text.write(toFile: "\(scratch.path)/\(name)", atomically: true, encoding: .utf8)
  }

  private func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(scratch.path)/\(name)")
  }

  private func migrator(lockTimeout: Duration, patience: Duration) throws -> Migrator {
    try Migrator(
      folder: scratch.path, owner: "tool_owner", schema: "tool", lockTimeout: lockTimeout,
      patience: patience)
  }

  private func migrate(
    lockTimeout: Duration = .seconds(2), patience: Duration = .seconds(60)
  ) async throws -> [String] {
    try await migrator(lockTimeout: lockTimeout, patience: patience)
      .migrate(database.superuserConnectionString).map(\.fileName)
  }

  private func status() async throws -> Migrator.Status {
    let pool = Pool(.init(connectionString: database.superuserConnectionString, size: 1))
    return try await migrator(lockTimeout: .zero, patience: .zero).status(on: pool, as: .login)
  }

  private func isUnknown() async throws -> Bool {
    if case .unknown = try await status() { true } else { false }
  }

  private func sql(_ text: String) async throws {
    try await Connection(to: database.superuserConnectionString).script(text)
  }

  private func count(_ from: String) async throws -> Int {
    let query = Query<Int>(SQL(stringLiteral: "SELECT count(*) AS n FROM \(from)")) {
      row throws(RowError) in try row.get("n")
    }
    return try await Connection(to: database.superuserConnectionString)
      .transaction { tx in try await tx.one(query) }
  }
}
