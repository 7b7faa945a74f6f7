import FoundationEssentials
import Observability
import PostgreSQL
import Synchronization
import TestSupport

/// A database of its own for the tests of the client, which make tables in it under fresh names.
enum Place {
  static let reader = TransactionContext(role: "tool_reader")
  static let writer = TransactionContext(role: "tool_writer", settings: ["app.shop_id": shop])
  static let shop = UUID()

  private static let shared = Task {
    let database = try await TestDatabase.empty()
    try await connection(to: database).script(
      """
      ALTER DATABASE \(database.name) SET deadlock_timeout = '10ms';
      DO $$ BEGIN
        CREATE ROLE tool_reader; CREATE ROLE tool_writer;
        GRANT pg_read_all_data TO tool_reader;
        GRANT pg_read_all_data, pg_write_all_data TO tool_writer;
      END $$;
      """)
    return database
  }

  static func database() async throws -> TestDatabase { try await shared.value }

  static func connection(to database: TestDatabase? = nil) async throws -> Connection {
    let place = if let database { database } else { try await shared.value }
    return try Connection(to: place.superuserConnectionString)
  }

  static func pool(
    size: Int = 4, maximumWait: Duration = .seconds(60), timeLimit: Duration = .seconds(60),
    name: String = "martlet", metrics: Metrics? = nil, through connectionString: String? = nil
  ) async throws -> Pool {
    let place = try await shared.value.superuserConnectionString
    return Pool(
      Pool.Configuration(
        connectionString: connectionString ?? place, applicationName: name, size: size,
        maximumWait: maximumWait, timeLimit: timeLimit), metrics: metrics)
  }

  private static let tables = Atomic(0)

  /// - Returns: The name of a new table.
  static func table(_ columns: String) async throws -> SQL {
    let name = "table_\(tables.add(1, ordering: .relaxed).newValue)"
    try await connection().script("CREATE TABLE \(name) (\(columns))")
    return SQL(stringLiteral: name)
  }

  /// Changes the schema, or whatever else a test does beside the pool that it tests.
  static func script(_ text: SQL) async throws { try await connection().script(text.text) }

  static func rows(of table: SQL) async throws -> [Int] {
    try await connection().transaction { tx in
      try await tx.all(value("SELECT n AS value FROM \(table) ORDER BY n", as: Int.self))
    }
  }

  /// Looks again and again until it is so: a hang fails by the suite's time limit.
  static func until(_ isSo: () async throws -> Bool) async throws {
    while try await !isSo() { try await Task.sleep(for: .milliseconds(2)) }
  }

  /// How many sessions match, among all databases of the server.
  static func sessions(_ condition: SQL) async throws -> Int {
    try await connection().transaction { tx in
      try await tx.one(
        value("SELECT count(*) AS value FROM pg_stat_activity WHERE \(condition)", as: Int.self))
    }
  }

  /// Ends the sessions that match, as an administrator would.
  /// - Returns: How many there were.
  static func end(_ condition: SQL) async throws -> Int {
    try await connection().transaction { tx in
      try await tx.run(
        Command("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE \(condition)"))
    }
  }
}

/// A statement whose rows have a column `value`.
func value<Value: ColumnDecodable & Sendable>(
  _ sql: SQL, as type: Value.Type = Value.self
) -> Query<Value> {
  Query(sql) { row throws(RowError) in try row.get("value") }
}

/// The error that `body` ends with; nil when it ends well.
nonisolated(nonsending) func failure<Output>(
  _ body: nonisolated(nonsending) () async throws -> Output
) async -> PostgreSQLError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? PostgreSQLError
  }
}

extension PostgreSQLError {
  /// The case, without what it carries.
  var name: String { String("\(self)".prefix { $0 != "(" }) }
  var state: String? { serverError?.state.code }
}

extension Metrics {
  /// The value of a counter or gauge.
  func value(_ name: String) -> Int? {
    for line in render().split(separator: "\n") where line.hasPrefix(name + " ") {
      return Int(line.dropFirst(name.count + 1))
    }
    return nil
  }

  var waiting: Int? { value("postgresql_transactions_waiting") }
  var busy: Int? { value("postgresql_connections_busy") }
  var roundTrips: Int { value("postgresql_round_trips_total") ?? 0 }
  var statements: Int { value("postgresql_statements_total") ?? 0 }
}

/// Counted by several tasks.
final class Count: Sendable {
  private let number = Atomic(0)
  var value: Int { number.load(ordering: .sequentiallyConsistent) }
  @discardableResult func next() -> Int {
    number.add(1, ordering: .sequentiallyConsistent).newValue
  }
}

/// Keeps one connection of a pool until it is released.
final class Hold: Sendable {
  private let task: Task<Void, any Error>
  private let gate: AsyncStream<Never>.Continuation

  init(on pool: Pool) async throws {
    let (stream, gate) = AsyncStream.makeStream(of: Never.self)
    let (started, starting) = AsyncStream.makeStream(of: Never.self)
    self.gate = gate
    task = Task {
      try await pool.transaction(as: .login) { _ in
        starting.finish()
        for await _ in stream {}
      }
    }
    for await _ in started {}
  }

  func release() async throws {
    gate.finish()
    try await task.value
  }
}
