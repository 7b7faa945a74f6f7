import Observability
import TestSupport
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(3))) struct `Whole transactions that wait together` {
  let metrics: Metrics
  let pool: Pool

  init() async throws {
    metrics = try Metrics()
    pool = try await Place.pool(size: 1, metrics: metrics)
  }

  private enum Kind: CaseIterable {
    case answer, insertion, division, missingTable, violation, refusedText, roleless, sameStatement
    case closure
  }

  /// What became of one: the number that it was to get or to store, or its own error.
  private func outcome(
    of kind: Kind, _ number: Int, in table: SQL, _ options: TransactionOptions
  ) async -> String {
    let one = value("SELECT \(number) AS value", as: Int.self)
    do {
      switch kind {
      case .answer:
        let (first, second) = try await pool.run(one, one, as: Place.reader, options: options)
        return "\(first + second)"
      case .insertion:
        let insert = value(
          "INSERT INTO \(table) VALUES (\(number)) RETURNING n AS value", as: Int.self)
        return "\(try await pool.run(insert, as: Place.writer, options: options))"
      case .division:
        let insert = Command("INSERT INTO \(table) VALUES (\(-number))")
        let divide = value("SELECT \(number) / 0 AS value", as: Int.self)
        return "\(try await pool.run(insert, divide, as: Place.writer, options: options))"
      case .missingTable:
        let missing = value("SELECT \(number) AS value FROM no_table", as: Int.self)
        return "\(try await pool.run(one, missing, as: Place.reader, options: options))"
      case .violation:
        let insert = Command("INSERT INTO \(table) VALUES (0)")
        return "\(try await pool.run(insert, as: Place.writer, options: options))"
      case .refusedText:
        let text = value("SELECT \("\0") AS value", as: String.self)
        return "\(try await pool.run(text, as: Place.reader, options: options))"
      case .roleless:
        return "\(try await pool.run(one, as: .login, options: options))"
      case .sameStatement:
        // Prepared by whoever comes first, behind something that fails.
        let same = value("SELECT 1 / \(number % 2) + \(number) AS value", as: Int.self)
        return "\(try await pool.run(same, as: Place.reader, options: options))"
      case .closure:
        return "\(try await pool.transaction(as: Place.reader) { tx in try await tx.one(one) })"
      }
    } catch {
      guard let error = error as? PostgreSQLError else { return "\(error)" }
      return error.state ?? error.name
    }
  }

  private func expected(_ kind: Kind, _ number: Int) -> String {
    switch kind {
    case .answer: "[\(number), \(number)]"
    case .insertion, .roleless: "[\(number)]"
    case .division: "22012"
    case .missingTable: "42P01"
    case .violation: "23514"
    case .refusedText: "unsendable"
    case .sameStatement: number % 2 == 0 ? "22012" : "[\(number + 1)]"
    case .closure: "\(number)"
    }
  }

  @Test(arguments: UInt64(1)...25)
  func `are each judged alone, and get their own answers`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let table = try await Place.table("n int8 CHECK (n <> 0)")
    let kinds = (1...60).map { ($0, Kind.allCases.randomElement(using: &random)!) }
    let hold = try await Hold(on: pool)
    let before = metrics.roundTrips
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, kind) in kinds {
        let options = [TransactionOptions.standard, .retryingConflicts, .retryingConflicts]
          .randomElement(using: &random)!
        group.addTask {
          let outcome = await outcome(of: kind, number, in: table, options)
          #expect(outcome == expected(kind, number), "seed \(seed), \(kind) \(number)")
        }
      }
      let inLine = kinds.count { $0.1 != .refusedText }
      try await Place.until { metrics.waiting == inLine }
      try await hold.release()
      try await group.waitForAll()
    }
    #expect(metrics.roundTrips > before)
    let stored = kinds.filter { $0.1 == .insertion }.map(\.0)
    #expect(try await Place.rows(of: table) == stored, "seed \(seed)")
    try await Place.until { metrics.busy == 0 && metrics.waiting == 0 }
  }

  /// Runs each behind a held connection, in their order, and says what became of each.
  private func together(
    _ asked: [(sql: SQL, options: TransactionOptions)], as context: TransactionContext
  ) async throws -> [String] {
    let hold = try await Hold(on: pool)
    return try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for (place, one) in asked.enumerated() {
        group.addTask {
          let query = value(one.sql, as: Int.self)
          do throws(PostgreSQLError) {
            let rows = try await pool.run(query, as: context, options: one.options)
            return (place, "\(rows)")
          } catch {
            return (place, error.state ?? error.name)
          }
        }
        try await Place.until { metrics.waiting == place + 1 }
      }
      try await hold.release()
      return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  @Test func `go to the server in one round trip`() async throws {
    let answers = try await together(
      (1...8).map { ("SELECT \($0) AS value", .readOnly) }, as: Place.reader)
    #expect(answers == (1...8).map { "[\($0)]" })
    #expect(metrics.roundTrips == 1)
  }

  @Test func `do not, when they may not run again`() async throws {
    let answers = try await together(
      (1...8).map { ("SELECT \($0) AS value", .standard) }, as: Place.reader)
    #expect(answers == (1...8).map { "[\($0)]" })
    #expect(metrics.roundTrips == 8)
  }

  @Test func `keep their attempts when others fail`() async throws {
    // Two attempts, and seven failures before it.
    let options = TransactionOptions(attempts: 2)
    let failing: [(SQL, TransactionOptions)] = (1...7).map { _ in ("SELECT 1/0 AS value", options) }
    let answers = try await together(
      failing + [("SELECT \(8) AS value", options)], as: Place.reader)
    #expect(answers == Array(repeating: "22012", count: 7) + ["[8]"])
  }

  @Test func `have each its own time limit`() async throws {
    let short = TransactionOptions(isReadOnly: true, attempts: 2, timeLimit: .milliseconds(300))
    let answers = try await together(
      [
        ("SELECT 1::int8 AS value FROM pg_sleep(3600)", short),
        ("SELECT 2::int8 AS value", .readOnly), ("SELECT 3::int8 AS value", .retryingConflicts),
      ], as: Place.reader)
    #expect(answers == ["deadlinePassed", "[2]", "[3]"])
  }

  @Test func `lose nothing when one of them ends the connection`() async throws {
    let table = try await Place.table("n int8")
    let sequence = "seq_" + table.text
    try await Place.script("CREATE SEQUENCE \(SQL(stringLiteral: sequence))")
    // Ends its connection the first time, before its COMMIT.
    let deadly: SQL = """
      INSERT INTO \(table)
      SELECT 100 FROM (SELECT CASE WHEN nextval(\(sequence)::text::regclass) = 1
                              THEN pg_terminate_backend(pg_backend_pid()) END) AS once
      RETURNING n AS value
      """
    let harmless = (1...6).map { "INSERT INTO \(table) VALUES (\($0)) RETURNING n AS value" as SQL }
    let all = harmless[..<2] + [deadly] + harmless[2...]
    let options = TransactionOptions(isolation: .repeatableRead, attempts: 3)
    let answers = try await together(all.map { ($0, options) }, as: .login)
    #expect(answers == ["[1]", "[2]", "[100]", "[3]", "[4]", "[5]", "[6]"])
    #expect(try await Place.rows(of: table) == [1, 2, 3, 4, 5, 6, 100])
  }
}
