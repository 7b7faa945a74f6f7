import FoundationEssentials
import Observability
import Synchronization
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(3))) struct `A pool` {
  let metrics: Metrics

  init() throws { metrics = try Metrics() }

  private func isAtRest(_ pool: Pool) async throws {
    try await Place.until { metrics.busy == 0 && metrics.waiting == 0 }
    withExtendedLifetime(pool) {}
  }

  @Test func `serves who waits in the order in which they came, whatever they want`() async throws {
    let pool = try await Place.pool(size: 1, metrics: metrics)
    let table = try await Place.table("n int8, place serial")
    let hold = try await Hold(on: pool)
    let all = 0..<30
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in all {
        group.addTask {
          let insert = Command("INSERT INTO \(table) VALUES (\(number))")
          switch number % 5 {
          case 0: try await pool.transaction(as: .login) { tx in _ = try await tx.run(insert) }
          case 1: _ = try await pool.run(insert, as: .login)
          default:
            _ = try await pool.run(insert, as: Place.writer, options: .retryingConflicts)
          }
        }
        try await Place.until { metrics.waiting == number + 1 }
      }
      try await hold.release()
      try await group.waitForAll()
    }
    let order = try await pool.run(
      value("SELECT n AS value FROM \(table) ORDER BY place", as: Int.self), as: .login)
    #expect(order == Array(all))
    try await isAtRest(pool)
  }

  @Test func `refuses who has waited for as long as one may`() async throws {
    let pool = try await Place.pool(size: 1, maximumWait: .milliseconds(50), metrics: metrics)
    let hold = try await Hold(on: pool)
    for _ in 1...2 {
      #expect(
        await failure { try await pool.run(Command("SELECT 1"), as: .login) }?.name == "poolBusy")
      #expect(await failure { try await pool.transaction(as: .login) { _ in } }?.name == "poolBusy")
    }
    #expect(metrics.busy == 1)
    try await hold.release()
    #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
    try await isAtRest(pool)
  }

  @Test func `lets a cancelled task leave the line`() async throws {
    let pool = try await Place.pool(size: 1, metrics: metrics)
    let hold = try await Hold(on: pool)
    let tasks = [
      Task { await failure { try await pool.run(Command("SELECT 1"), as: .login) } },
      Task { await failure { try await pool.transaction(as: .login) { _ in } } },
    ]
    try await Place.until { metrics.waiting == 2 }
    for task in tasks {
      task.cancel()
      #expect(await task.value?.name == "cancelled")
    }
    #expect(metrics.waiting == 0)
    try await hold.release()
    #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
    try await isAtRest(pool)
  }

  @Test func `gives a task nothing that was cancelled before it came`() async throws {
    let pool = try await Place.pool(size: 1, metrics: metrics)
    let task = Task {
      try await Place.until { Task.isCancelled }
      return await failure { try await pool.run(Command("SELECT 1"), as: .login) }
    }
    task.cancel()
    // `until` sleeps, which a cancelled task does not.
    _ = await task.result
    #expect(metrics.statements == 0)
  }

  @Test func `never opens more connections than its size, and keeps them`() async throws {
    let name = "size \(UUID())"
    let pool = try await Place.pool(size: 3, name: name, metrics: metrics)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 1...100 {
        group.addTask {
          try await pool.run(
            value("SELECT pg_backend_pid()::int8 AS value", as: Int.self), as: .login)[0]
        }
      }
      let pids = try await group.reduce(into: Set()) { $0.insert($1) }
      #expect(pids.count <= 3)
    }
    #expect(try await Place.sessions("application_name = \(name)") <= 3)
    try await isAtRest(pool)
  }

  @Test func `takes its connections and threads with it`() async throws {
    let name = "gone \(UUID())"
    let threads = Mutex(Set<String>())
    for _ in 1...10 {
      let pool = try await Place.pool(size: 2, name: name)
      let first = try await Hold(on: pool)
      try await pool.transaction(as: .login) { tx in
        try await tx.run(Command("SELECT 1"))
        let thread = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
        threads.withLock { _ = $0.insert(thread) }
      }
      try await first.release()
    }
    #expect(!threads.withLock(\.self).isEmpty)
    try await Place.until { try await Place.sessions("application_name = \(name)") == 0 }
    try await Place.until {
      threads.withLock { $0.allSatisfy { !FileManager.default.fileExists(atPath: "/proc/\($0)") } }
    }
  }

  // MARK: Time limits

  @Test func `stops a statement whose time has passed, and goes on`() async throws {
    let pool = try await Place.pool(size: 1, metrics: metrics)
    // Only reads: of a write nobody would know where a busy server takes long to stop.
    let options = TransactionOptions(isReadOnly: true, timeLimit: .milliseconds(300))
    let sleep = Command("SELECT pg_sleep(3600)")
    let large = Command(
      "SELECT repeat('x', 1000000), pg_sleep(0.05) FROM generate_series(1, 10000)")
    for command in [sleep, large] {
      #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
      let whole = await failure { try await pool.run(command, as: .login, options: options) }
      #expect(whole?.name == "deadlinePassed")
      #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
      let closure = await failure {
        try await pool.transaction(as: Place.writer, options: options) { tx in
          try await tx.run(command)
        }
      }
      #expect(closure?.name == "deadlinePassed")
    }
    #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
    try await isAtRest(pool)
  }

  @Test func `stops at the time limit of the options, for the transaction as a whole`()
    async throws
  {
    let pool = try await Place.pool(size: 1)
    let table = try await Place.table("n int8")
    let options = TransactionOptions(timeLimit: .milliseconds(200))
    _ = try await pool.run(Command("SELECT 1"), as: .login)
    let error = await failure {
      try await pool.transaction(as: .login, options: options) { tx in
        while true {
          try await tx.run(Command("INSERT INTO \(table) SELECT 1 FROM pg_sleep(0.01)"))
        }
      }
    }
    #expect(error?.name == "deadlinePassed")
    _ = try await pool.run(Command("SELECT 1"), as: .login)
    let late = await failure {
      try await pool.transaction(as: .login, options: options) { tx in
        try await tx.run(Command("INSERT INTO \(table) VALUES (1)"))
        try await Task.sleep(for: .milliseconds(250))
      }
    }
    #expect(late?.name == "deadlinePassed")
    #expect(try await Place.rows(of: table) == [])
  }

  // MARK: Cancellation

  @Test func `ends a running statement whose task is cancelled`() async throws {
    let name = "cancelled \(UUID())"
    let pool = try await Place.pool(
      size: 1, timeLimit: .seconds(3600), name: name, metrics: metrics)
    let task = Task {
      await failure {
        try await pool.transaction(as: .login) { tx in
          try await tx.run(Command("SELECT pg_sleep(3600)"))
        }
      }
    }
    let sleeping: SQL = "application_name = \(name) AND wait_event = 'PgSleep'"
    try await Place.until { try await Place.sessions(sleeping) == 1 }
    task.cancel()
    #expect(await task.value?.name == "cancelled")
    try await Place.until { try await Place.sessions(sleeping) == 0 }
    #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
    try await isAtRest(pool)
  }

  @Test func `commits nothing of a task that was cancelled, and keeps its connection`()
    async throws
  {
    let pool = try await Place.pool(size: 1)
    let table = try await Place.table("n int8")
    let pid = value("SELECT pg_backend_pid()::int8 AS value", as: Int.self)
    let before = try await pool.run(pid, as: .login)
    let task = Task {
      await failure {
        try await pool.transaction(as: .login) { tx in
          try await tx.run(Command("INSERT INTO \(table) VALUES (1)"))
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
    }
    #expect(await task.value?.name == "cancelled")
    #expect(try await Place.rows(of: table) == [])
    #expect(try await pool.run(pid, as: .login) == before)
  }
}
