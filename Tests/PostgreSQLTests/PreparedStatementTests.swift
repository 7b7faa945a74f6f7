import FoundationEssentials
import Observability
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(3))) struct `A prepared statement` {
  let pool: Pool

  init() async throws { pool = try await Place.pool(size: 1) }

  private func known(_ text: String) async throws -> Int {
    try await pool.run(
      value(
        """
        SELECT count(*) AS value FROM pg_prepared_statements WHERE statement = \(text)
        """, as: Int.self), as: .login)[0]
  }

  @Test func `is made once for each role, and used again`() async throws {
    let query = value("SELECT \(1) AS value, 'once a role'", as: Int.self)
    for _ in 1...3 {
      for context in [Place.reader, Place.writer, .login] {
        #expect(try await pool.run(query, as: context) == [1])
      }
    }
    #expect(try await known("SELECT $1 AS value, 'once a role'") == 3)
  }

  @Test func `of a setting is made when the same shop comes again`() async throws {
    let (first, second) = (UUID(), UUID())
    for shop in [first, second, first] {
      let context = TransactionContext(role: "tool_reader", settings: ["app.shop_id": shop])
      let seen = value("SELECT current_setting('app.shop_id') AS value", as: String.self)
      #expect(try await pool.run(seen, as: context) == [shop.uuidString])
    }
    #expect(try await known("SET LOCAL app.shop_id = '\(first.uuidString)'") == 1)
    #expect(try await known("SET LOCAL app.shop_id = '\(second.uuidString)'") == 0)
  }

  @Test func `is another when the values are of other types`() async throws {
    for _ in 1...2 {
      #expect(try await pool.run(value("SELECT \(7) AS value", as: Int.self), as: .login) == [7])
      let text = value("SELECT \("7") AS value", as: String.self)
      #expect(try await pool.run(text, as: .login) == ["7"])
      let list = value("SELECT \([7]) AS value", as: [Int].self)
      #expect(try await pool.run(list, as: .login) == [[7]])
    }
  }

  @Test func `that was used longest ago makes room for a new one`() async throws {
    func ask(_ number: Int) async throws {
      let query = value("SELECT \(SQL(stringLiteral: "\(number)"))::int8 AS value", as: Int.self)
      #expect(try await pool.run(query, as: .login) == [number])
    }
    for number in 1...PreparedStatements.limit + 100 {
      try await ask(number)
      try await ask(0)
    }
    let count = value("SELECT count(*) AS value FROM pg_prepared_statements", as: Int.self)
    #expect(try await pool.run(count, as: .login) == [PreparedStatements.limit])
    #expect(try await known("SELECT 0::int8 AS value") == 1)
    #expect(try await known("SELECT 1::int8 AS value") == 0)
    try await ask(1)
    #expect(try await known("SELECT 1::int8 AS value") == 1)
  }

  @Test func `makes room within a transaction that fails, too`() async throws {
    let count = PreparedStatements.limit + 20
    for _ in 1...3 {
      let error = await failure {
        try await pool.transaction(as: .login) { tx in
          for number in 1...count {
            try await tx.run(Command(SQL(stringLiteral: "SELECT \(number)")))
          }
          _ = await failure { try await tx.run(Command("SELECT 1/0")) }
        }
      }
      #expect(error != nil)
    }
    let known = value("SELECT count(*) AS value FROM pg_prepared_statements", as: Int.self)
    #expect(try await pool.run(known, as: .login)[0] <= PreparedStatements.limit)
  }

  @Test func `survives a change of the schema unseen, however it is run`() async throws {
    let table = try await Place.table("n int8")
    try await Place.script("INSERT INTO \(table) VALUES (1)")
    let everything = value("SELECT *, n AS value FROM \(table)", as: Int.self)
    /// Three connections that have all prepared it.
    func preparedPool() async throws -> Pool {
      let pool = try await Place.pool(size: 3)
      _ = try await pool.transaction(as: .login) { one in
        _ = try await one.all(everything)
        _ = try await pool.transaction(as: .login) { two in
          _ = try await two.all(everything)
          _ = try await pool.transaction(as: .login) { last in try await last.all(everything) }
        }
      }
      return pool
    }
    let whole = try await preparedPool()
    try await Place.script("ALTER TABLE \(table) ADD a int8")
    for options in [TransactionOptions.standard, .readOnly, .retryingConflicts] {
      #expect(try await whole.run(everything, as: .login, options: options) == [1])
    }

    let byClosure = try await preparedPool()
    try await Place.script("ALTER TABLE \(table) ADD b int8")
    let twice = TransactionOptions(attempts: 2)
    #expect(
      try await byClosure.transaction(as: .login, options: twice) { tx in
        try await tx.all(everything)
      } == [1])

    let insert = value("INSERT INTO \(table) VALUES (2) RETURNING *, n AS value", as: Int.self)
    #expect(try await pool.run(insert, as: .login) == [2])
    try await Place.script("ALTER TABLE \(table) ADD c int8")
    #expect(try await pool.run(insert, as: .login) == [2])
    #expect(try await Place.rows(of: table) == [1, 2, 2])
  }

  @Test func `that meets a new schema fails where the closure may not run again, but once only`()
    async throws
  {
    let table = try await Place.table("n int8")
    let everything = Command("SELECT * FROM \(table)")
    func ask() async -> PostgreSQLError? {
      await failure {
        try await pool.transaction(as: .login) { tx in try await tx.run(everything) }
      }
    }
    #expect(await ask() == nil)
    try await Place.script("ALTER TABLE \(table) ADD a int8")
    #expect(await ask()?.serverError?.isStalePlan == true)
    #expect(await ask() == nil)
  }
}

@Suite struct `The table of prepared statements` {
  private func key(_ text: String) -> PreparedStatements.Key {
    PreparedStatements.Key(role: "", text: text, types: [])
  }

  @Test func `does not rely on what another set is about to prepare`() {
    var statements = PreparedStatements()
    guard case .prepareAndRun(let name) = statements.plan(key("a"), set: 0) else {
      Issue.record("not prepared")
      return
    }
    #expect(statements.plan(key("a"), set: 0) == .run(name: name))
    #expect(statements.plan(key("a"), set: 1) == .runUnprepared)
    statements.prepared(name, successfully: false)
    #expect(statements.plan(key("a"), set: 0) != .run(name: name))
    statements = PreparedStatements()
    guard case .prepareAndRun(let second) = statements.plan(key("a"), set: 0) else { return }
    statements.prepared(second, successfully: true)
    #expect(statements.plan(key("a"), set: 1) == .run(name: second))
  }

  @Test func `keeps what could not be forgotten`() {
    var statements = PreparedStatements()
    for number in 1...PreparedStatements.limit {
      if case .prepareAndRun(let name) = statements.plan(key("\(number)"), set: 0) {
        statements.prepared(name, successfully: true)
      }
    }
    guard case .forgetPrepareAndRun(let oldest, let name) = statements.plan(key("new"), set: 0)
    else {
      Issue.record("no room was made")
      return
    }
    #expect(statements.plan(key("1"), set: 0) == .runUnprepared)
    statements.forgot(oldest, successfully: false)
    statements.prepared(name, successfully: false)
    #expect(statements.plan(key("1"), set: 0) == .run(name: oldest))
    #expect(statements.count == PreparedStatements.limit)
  }
}
