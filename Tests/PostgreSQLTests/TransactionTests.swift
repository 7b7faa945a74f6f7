import FoundationEssentials
import Observability
import Synchronization
import Testing

@testable import PostgreSQL

private struct Changed: Error {}

@Suite(.timeLimit(.minutes(3))) struct `A transaction` {
  let metrics: Metrics
  let pool: Pool

  init() async throws {
    metrics = try Metrics()
    pool = try await Place.pool(size: 1, metrics: metrics)
  }

  private let who: SQL = """
    SELECT concat_ws(' ', current_user, nullif(current_setting('app.shop_id', true), '')) AS value
    """

  // MARK: Round trips

  @Test func `of known statements takes one round trip, BEGIN, role, settings and COMMIT included`()
    async throws
  {
    let query = value("SELECT \(1) AS value", as: Int.self)
    #expect(try await pool.run(query, as: Place.writer) == [1])
    #expect(metrics.roundTrips == 1)
    #expect(metrics.statements == 5)
    _ = try await pool.run(query, Command("SELECT 2"), query, as: Place.writer)
    #expect(metrics.roundTrips == 2)
    #expect(metrics.statements == 12)
  }

  @Test func `of a closure takes one round trip a statement, and one for COMMIT`() async throws {
    let query = value("SELECT \(1) AS value", as: Int.self)
    let sum = try await pool.transaction(as: Place.writer) { tx in
      let (one, two) = try await tx.run(query, query)
      return try await one[0] + two[0] + tx.one(query)
    }
    #expect(sum == 3)
    #expect(metrics.roundTrips == 3)
    #expect(metrics.statements == 7)
  }

  @Test func `that asks nothing costs no round trip`() async throws {
    #expect(try await pool.transaction(as: Place.writer) { _ in 7 } == 7)
    #expect(metrics.roundTrips == 0)
  }

  // MARK: Its end

  @Test func `that returns is committed`() async throws {
    let table = try await Place.table("n int8")
    let touched = try await pool.transaction(as: Place.writer) { tx in
      try await tx.run(Command("INSERT INTO \(table) SELECT generate_series(1, 3)"))
    }
    #expect(touched == 3)
    #expect(try await Place.rows(of: table) == [1, 2, 3])
  }

  @Test func `that throws is rolled back, and its error comes through`() async throws {
    let table = try await Place.table("n int8")
    await #expect(throws: Changed.self) {
      try await pool.transaction(as: Place.writer) { tx in
        try await tx.run(Command("INSERT INTO \(table) VALUES (1)"))
        throw Changed()
      }
    }
    #expect(try await Place.rows(of: table) == [])
    #expect(try await pool.run(value(who, as: String.self), as: Place.reader) == ["tool_reader"])
  }

  @Test func `that swallows an error does not commit, and says so`() async throws {
    let table = try await Place.table("n int8")
    let after = Mutex<PostgreSQLError?>(nil)
    let error = await failure {
      try await pool.transaction(as: Place.writer) { tx in
        try await tx.run(Command("INSERT INTO \(table) VALUES (1)"))
        _ = await failure { try await tx.run(Command("SELECT 1/0")) }
        let next = await failure { try await tx.run(Command("SELECT 1")) }
        after.withLock { $0 = next }
      }
    }
    #expect(error?.name == "rolledBack")
    #expect(after.withLock { $0 }?.state == "25P02")
    #expect(try await Place.rows(of: table) == [])
  }

  @Test func `that a statement of its own ended runs nothing more`() async throws {
    let table = try await Place.table("n int8")
    for end in ["ROLLBACK", "COMMIT"] {
      let error = await failure {
        try await pool.transaction(as: .login) { tx in
          try await tx.run(Command(SQL(stringLiteral: end)))
          _ = await failure { try await tx.run(Command("INSERT INTO \(table) VALUES (1)")) }
        }
      }
      #expect(error?.name == "rolledBack", "\(end)")
    }
    #expect(try await Place.rows(of: table) == [])
  }

  @Test func `whose first statement cannot be sent begins with the second, role and all`()
    async throws
  {
    let who = value(who, as: String.self)
    let answer = try await pool.transaction(as: Place.writer) { tx in
      _ = await failure { try await tx.run(Command("SELECT \("\0")")) }
      return try await tx.one(who)
    }
    #expect(answer == "tool_writer \(Place.shop.uuidString)")
  }

  @Test func `is refused by a deferred constraint at COMMIT, whichever way it runs`() async throws {
    let table = try await Place.table("n int8 UNIQUE DEFERRABLE INITIALLY DEFERRED")
    let twice = Command("INSERT INTO \(table) VALUES (1), (1)")
    for context in [Place.writer, .login] {
      #expect(await failure { try await pool.run(twice, as: context) }?.state == "23505")
      #expect(
        await failure {
          try await pool.transaction(as: context) { tx in try await tx.run(twice) }
        }?.state == "23505")
    }
    #expect(try await Place.rows(of: table) == [])
    #expect(try await pool.run(Command("INSERT INTO \(table) VALUES (2)"), as: .login) == 1)
  }

  @Test func `tells what the server refused`() async throws {
    let table = try await Place.table("n int8 CONSTRAINT positive CHECK (n > 0)")
    let error = await failure {
      try await pool.run(Command("INSERT INTO \(table) VALUES (\(0))"), as: Place.writer)
    }
    #expect(error?.serverError?.state == .checkViolation)
    #expect(error?.serverError?.constraint == "positive")
    #expect(error?.serverError?.table == table.text)
    #expect(error?.isTemporary == false)
  }

  @Test func `may be told things by the server that nobody asked for`() async throws {
    let noise = Command("DO $$ BEGIN FOR i IN 1..1000 LOOP RAISE NOTICE 'é %', i; END LOOP; END $$")
    try await pool.transaction(as: .login) { tx in
      try await tx.run(noise)
      try await tx.run(Command("SET LOCAL timezone = 'Asia/Tehran'"))
      let one = try await tx.one(value("SELECT 1::int8 AS value", as: Int.self))
      #expect(one == 1)
    }
  }

  @Test func `whose statement is a COPY fails, and does not hang`() async throws {
    let table = try await Place.table("n int8")
    for text: SQL in ["COPY \(table) FROM STDIN", "COPY \(table) TO STDOUT"] {
      #expect(await failure { try await pool.run(Command(text), as: .login) } != nil)
      #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
    }
  }

  // MARK: Role and settings

  @Test func `runs as its role with its settings, and the next one without`() async throws {
    let who = value(who, as: String.self)
    let ours = "tool_writer \(Place.shop.uuidString)"
    #expect(try await pool.run(who, as: Place.writer) == [ours])
    #expect(try await pool.run(who, as: Place.reader) == ["tool_reader"])
    #expect(try await pool.transaction(as: Place.writer) { tx in try await tx.one(who) } == ours)
    #expect(try await pool.run(who, as: .login) == ["postgres"])
    _ = await failure { try await pool.run(Command("SELECT 1/0"), as: Place.writer) }
    #expect(try await pool.run(who, as: .login) == ["postgres"])
  }

  @Test func `is held to the rights of its role`() async throws {
    let table = try await Place.table("n int8")
    let insert = Command("INSERT INTO \(table) VALUES (1)")
    #expect(
      await failure { try await pool.run(insert, as: Place.reader) }?.serverError?.state
        == .insufficientPrivilege)
    #expect(
      await failure { try await pool.run(insert, as: Place.writer, options: .readOnly) }?.state
        == "25006")
  }

  @Test func `whose role does not exist runs nothing`() async throws {
    let table = try await Place.table("n int8")
    let nobody = TransactionContext(role: "nobody_at_all")
    let insert = Command("INSERT INTO \(table) VALUES (1)")
    #expect(await failure { try await pool.run(insert, as: nobody) }?.state == "22023")
    let error = await failure {
      try await pool.transaction(as: nobody) { tx in
        _ = await failure { try await tx.run(insert) }
        try await tx.run(insert)
      }
    }
    #expect(error?.state == "25P02")
    #expect(try await Place.rows(of: table) == [])
  }

  // MARK: Rows

  @Test func `asked for one row says how many there were instead`() async throws {
    let rows = value("SELECT generate_series(1, 3)::int8 AS value", as: Int.self)
    let none = value("SELECT 1::int8 AS value WHERE FALSE", as: Int.self)
    for (query, count) in [(rows, 3), (none, 0)] {
      let error = await failure {
        try await pool.transaction(as: .login) { tx in try await tx.one(query) }
      }
      guard case .notOneRow(count) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
    try await pool.transaction(as: .login) { tx in
      let (first, noRow) = (try await tx.first(rows), try await tx.first(none))
      #expect(first == 1 && noRow == nil)
    }
  }

  @Test func `whose rows are not as expected is rolled back, but not where it was sent whole`()
    async throws
  {
    let table = try await Place.table("n int8")
    let insert = value("INSERT INTO \(table) VALUES (1) RETURNING n AS other", as: Int.self)
    let inClosure = await failure {
      try await pool.transaction(as: .login) { tx in try await tx.all(insert) }
    }
    #expect(inClosure?.name == "row")
    #expect(try await Place.rows(of: table) == [])
    #expect(
      await failure { try await pool.run(Command("SELECT 1"), insert, as: .login) }?.name == "row")
    #expect(try await Place.rows(of: table) == [1])
  }

  // MARK: Again

  @Test(arguments: [true, false])
  func `runs again after a serialization failure where that is marked`(isMarked: Bool) async throws
  {
    let table = try await Place.table("n int8")
    try await Place.script("INSERT INTO \(table) VALUES (0)")
    let attempts = Count()
    let options = TransactionOptions(isolation: .repeatableRead, attempts: isMarked ? 5 : 1)
    let error = await failure {
      try await pool.transaction(as: .login, options: options) { tx in
        let before = try await tx.one(value("SELECT n AS value FROM \(table)", as: Int.self))
        if attempts.next() == 1 {
          try await Place.script("UPDATE \(table) SET n = n + 10")
        }
        try await tx.run(Command("UPDATE \(table) SET n = \(before) + 1"))
      }
    }
    #expect(attempts.value == (isMarked ? 2 : 1))
    #expect(error?.serverError?.state == (isMarked ? nil : .serializationFailure))
    #expect(try await Place.rows(of: table) == [isMarked ? 11 : 10])
  }

  @Test(arguments: [true, false])
  func `runs again after a deadlock where that is marked`(isMarked: Bool) async throws {
    let table = try await Place.table("k int8, n int8")
    try await Place.script("INSERT INTO \(table) VALUES (1, 0), (2, 0)")
    let both = try await Place.pool(size: 2)
    let attempts = Count()
    let holders = Count()
    let errors = await withTaskGroup(of: SQLState?.self) { group in
      for (first, second) in [(1, 2), (2, 1)] {
        group.addTask {
          await failure {
            try await both.transaction(
              as: .login, options: isMarked ? .retryingConflicts : .standard
            ) { tx in
              attempts.next()
              try await tx.run(Command("UPDATE \(table) SET n = n + 1 WHERE k = \(first)"))
              holders.next()
              try await Place.until { holders.value >= 2 }
              try await tx.run(Command("UPDATE \(table) SET n = n + 1 WHERE k = \(second)"))
            }
          }?.serverError?.state
        }
      }
      return await group.reduce(into: [SQLState]()) { if let state = $1 { $0.append(state) } }
    }
    #expect(errors == (isMarked ? [] : [.deadlockDetected]))
    #expect(isMarked ? attempts.value > 2 : attempts.value == 2)
    #expect(try await Place.rows(of: table) == (isMarked ? [2, 2] : [1, 1]))
  }

  @Test func `does not run again after any other error`() async throws {
    let attempts = Count()
    let error = await failure {
      try await pool.transaction(as: .login, options: .retryingConflicts) { tx in
        attempts.next()
        try await tx.run(Command("SELECT 1/0"))
      }
    }
    #expect(error?.state == "22012")
    #expect(attempts.value == 1)
  }
}
