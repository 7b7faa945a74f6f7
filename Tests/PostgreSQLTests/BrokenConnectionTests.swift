import FoundationEssentials
import Observability
import TestSupport
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(3))) struct `When a connection breaks` {
  let proxy: FaultyProxy
  let pool: Pool

  init() async throws {
    proxy = try FaultyProxy(before: try await Place.database().superuserConnectionString)
    pool = try await Place.pool(size: 1, through: proxy.connectionString)
    #expect(try await pool.run(Command("SELECT 1"), as: Place.writer) == 1)
  }

  private let one = value("SELECT \(1) AS value", as: Int.self)

  // MARK: COMMIT is cut off

  @Test(arguments: [TransactionOptions.standard, .retryingConflicts])
  func `behind COMMIT, a write is of unknown outcome, and not run twice`(
    options: TransactionOptions
  ) async throws {
    let table = try await Place.table("n int8")
    let insert = Command("INSERT INTO \(table) VALUES (1)")
    proxy.set(.losesAnswer)
    let whole = await failure { try await pool.run(insert, as: Place.writer, options: options) }
    #expect(whole?.name == "outcomeUnknown")
    #expect(try await Place.rows(of: table) == [1])

    let closure = await failure {
      try await pool.transaction(as: Place.writer, options: options) { tx in
        try await tx.run(insert)
        proxy.set(.losesAnswer)
      }
    }
    #expect(closure?.name == "outcomeUnknown")
    #expect(closure?.isTemporary == false)
    #expect(try await Place.rows(of: table) == [1, 1])
    #expect(try await pool.run(one, as: Place.writer) == [1])
  }

  @Test func `before COMMIT arrives, a write is of unknown outcome too, and has not happened`()
    async throws
  {
    let table = try await Place.table("n int8")
    let insert = Command("INSERT INTO \(table) VALUES (1)")
    proxy.set(.losesRequest)
    #expect(
      await failure { try await pool.run(insert, as: Place.writer) }?.name == "outcomeUnknown")
    #expect(try await Place.rows(of: table) == [])
  }

  @Test func `before COMMIT is sent, nothing has happened`() async throws {
    let table = try await Place.table("n int8")
    let insert = Command("INSERT INTO \(table) VALUES (1)")
    let error = await failure {
      try await pool.transaction(as: Place.writer) { tx in
        try await tx.run(insert)
        proxy.set(.losesAnswer)
        try await tx.run(insert)
      }
    }
    #expect(error?.name == "connectionLost")
    #expect(error?.isTemporary == true)
    #expect(try await Place.rows(of: table) == [])
  }

  @Test func `and the closure swallows that, COMMIT is not said to be on its way`() async throws {
    let error = await failure {
      try await pool.transaction(as: Place.writer) { tx in
        try await tx.run(Command("SELECT 1"))
        proxy.set(.losesAnswer)
        _ = await failure { try await tx.run(Command("SELECT 1")) }
      }
    }
    #expect(error?.name == "connectionLost")
  }

  @Test func `a read runs again where it may, and is lost where not`() async throws {
    proxy.set(.losesAnswer)
    let attempts = Count()
    let answer = try await pool.transaction(as: Place.reader, options: .readOnly) { tx in
      attempts.next()
      return try await tx.one(one)
    }
    #expect(answer == 1 && attempts.value == 2)
    proxy.set(.losesAnswer)
    #expect(try await pool.run(one, as: Place.reader, options: .readOnly) == [1])
    proxy.set(.losesAnswer)
    let options = TransactionOptions(isReadOnly: true)
    #expect(
      await failure { try await pool.run(one, as: Place.reader, options: options) }?.name
        == "connectionLost")
  }

  // MARK: The server ends it

  @Test func `a read that the server's administrator ended runs again`() async throws {
    let name = "ended \(UUID())"
    let reading = try await Place.pool(size: 1, name: name)
    let lock = Int.random(in: 0...Int.max)
    let task = try await Place.connection().transaction { holder in
      try await holder.run(Command("SELECT pg_advisory_xact_lock(\(lock))"))
      let task = Task {
        try await reading.run(
          value("SELECT \(7) AS value, pg_advisory_xact_lock_shared(\(lock))", as: Int.self),
          as: .login, options: .readOnly)
      }
      let waiting: SQL = "application_name = \(name) AND wait_event_type = 'Lock'"
      // Twice, of three attempts.
      for _ in 1...2 { try await Place.until { try await Place.end(waiting) == 1 } }
      return task
    }
    #expect(try await task.value == [7])
    #expect(try await reading.run(one, as: .login) == [1])
  }

  @Test func `a write that the server's administrator ended before COMMIT has not happened`()
    async throws
  {
    let table = try await Place.table("n int8")
    let insert = Command("INSERT INTO \(table) VALUES (1)")
    let end = Command("SELECT pg_terminate_backend(pg_backend_pid())")
    let options = TransactionOptions(isolation: .repeatableRead)
    let error = await failure { try await pool.run(insert, end, as: .login, options: options) }
    #expect(error?.name == "connectionLost")
    #expect(try await Place.rows(of: table) == [])
  }

  @Test func `while it is idle, nobody notices`() async throws {
    let name = "idle \(UUID())"
    let idle = try await Place.pool(size: 1, name: name)
    let table = try await Place.table("n int8")
    let ours: SQL = "application_name = \(name)"
    for number in 1...3 {
      #expect(
        try await idle.run(Command("INSERT INTO \(table) VALUES (\(number))"), as: .login) == 1)
      #expect(try await Place.end(ours) == 1)
      try await Place.until { try await Place.sessions(ours) == 0 }
    }
    #expect(try await Place.rows(of: table) == [1, 2, 3])
  }

  // MARK: The server is away

  @Test func `since the server is gone, that is said at once, and ends when it is back`()
    async throws
  {
    let metrics = try Metrics()
    let pool = try await Place.pool(
      size: 2, metrics: metrics, through: proxy.connectionString)
    #expect(try await pool.run(one, as: .login) == [1])
    for _ in 1...2 {
      proxy.stop()
      for options in [TransactionOptions.standard, .readOnly, .retryingConflicts] {
        let whole = await failure { try await pool.run(one, as: .login, options: options) }
        #expect(whole?.name == "unavailable")
        #expect(whole?.isTemporary == true)
        let closure = await failure {
          try await pool.transaction(as: .login, options: options) { tx in try await tx.one(one) }
        }
        #expect(closure?.name == "unavailable")
      }
      try proxy.start()
      #expect(try await pool.run(one, as: .login) == [1])
    }
    try await Place.until { metrics.busy == 0 }
  }

  @Test func `without a word, a time limit still ends the wait, and the pool goes on`()
    async throws
  {
    let table = try await Place.table("n int8")
    let insert = Command("INSERT INTO \(table) VALUES (1)")
    let pool = try await Place.pool(
      size: 1, timeLimit: .seconds(2), through: proxy.connectionString)
    func silently(_ body: (Pool) async throws -> Void) async throws -> String? {
      #expect(try await pool.run(one, as: .login) == [1])
      proxy.set(.silent)
      defer { proxy.set(.none) }
      return await failure { try await body(pool) }?.name
    }
    let read = try await silently {
      _ = try await $0.run(one, as: Place.reader, options: TransactionOptions(isReadOnly: true))
    }
    #expect(read == "deadlinePassed")
    let write = try await silently { _ = try await $0.run(insert, as: Place.writer) }
    #expect(write == "outcomeUnknown")
    let closure = try await silently {
      try await $0.transaction(as: Place.writer) { tx in _ = try await tx.run(insert) }
    }
    #expect(closure == "deadlinePassed")
    #expect(try await pool.run(one, as: .login) == [1])
    #expect(try await Place.rows(of: table) == [])
  }
}
