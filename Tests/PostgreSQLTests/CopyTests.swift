import FoundationEssentials
import Observability
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(3))) struct `COPY` {
  let pool: Pool
  private let pid = value("SELECT pg_backend_pid()::int8 AS value", as: Int.self)

  init() async throws { pool = try await Place.pool(size: 1) }

  @Test func `loads and reads a hundred thousand rows`() async throws {
    let table = try await Place.table("n int8, word text")
    let rows = (1...100_000).map { "\($0)\trow \($0) with \\\\ and \\t and é\n" }
    let pool = pool
    try await pool.transaction(as: .login) { tx in
      try await tx.copy(into: "COPY \(table.text) FROM STDIN", rows: rows)
      let sum = try await tx.one(value("SELECT sum(n) AS value FROM \(table)", as: Int128.self))
      #expect(sum == 5_000_050_000)
    }
    let back = try await pool.transaction(as: .login) { tx in
      var back: [String] = []
      try await tx.copy(from: "COPY (SELECT * FROM \(table.text) ORDER BY n) TO STDOUT") {
        back.append(String(decoding: $0, as: UTF8.self))
      }
      return back
    }
    #expect(back == rows)
  }

  @Test func `runs as the transaction's role, first thing or later`() async throws {
    let table = try await Place.table("n int8")
    let into = "COPY \(table.text) FROM STDIN"
    #expect(
      await failure {
        try await pool.transaction(as: Place.reader) { tx in
          try await tx.copy(into: into, rows: ["1\n"])
        }
      }?.serverError?.state == .insufficientPrivilege)
    try await pool.transaction(as: Place.writer) { tx in
      try await tx.copy(into: into, rows: ["1\n"])
      try await tx.run(Command("INSERT INTO \(table) VALUES (2)"))
      try await tx.copy(into: into, rows: ["3\n"])
      try await tx.copy(into: into, rows: [])
    }
    #expect(try await Place.rows(of: table) == [1, 2, 3])
  }

  @Test func `that meets a bad row fails, loads nothing and leaves the connection in order`()
    async throws
  {
    let table = try await Place.table("n int8")
    let before = try await pool.run(pid, as: .login)
    for count in [1, 200_000] {
      let rows = (1...count).map { $0 == count / 2 + 1 ? "no number\n" : "\($0)\n" }
      let error = await failure {
        try await pool.transaction(as: .login) { tx in
          try await tx.copy(into: "COPY \(table.text) FROM STDIN", rows: rows)
        }
      }
      #expect(error?.state == "22P02")
    }
    #expect(try await Place.rows(of: table) == [])
    #expect(try await pool.run(pid, as: .login) == before)
  }

  @Test func `that fails while it reads leaves the connection in order`() async throws {
    let before = try await pool.run(pid, as: .login)
    let error = await failure {
      try await pool.transaction(as: .login) { tx in
        try await tx.copy(
          from: "COPY (SELECT 1 / (n - 5000) FROM generate_series(1, 9000) AS n) TO STDOUT"
        ) { _ in }
      }
    }
    #expect(error?.state == "22012")
    #expect(try await pool.run(pid, as: .login) == before)
  }

  @Test(arguments: ["SELECT 1", "COPY (SELECT 1) TO STDOUT"])
  func `of another direction, or none, is refused`(text: String) async throws {
    let error = await failure {
      try await pool.transaction(as: .login) { tx in try await tx.copy(into: text, rows: ["1\n"]) }
    }
    #expect(error?.name == "unsendable")
    #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
  }

  @Test func `ends with its time limit and with its task, in both directions`() async throws {
    let table = try await Place.table("n int8")
    let blocker = try await Place.connection()
    let options = TransactionOptions(timeLimit: .milliseconds(200))
    _ = try await pool.run(pid, as: .login)
    try await blocker.transaction { other in
      try await other.run(Command("LOCK TABLE \(table)"))
      let late = await failure {
        try await pool.transaction(as: .login, options: options) { tx in
          try await tx.copy(
            into: "COPY \(table.text) FROM STDIN", rows: repeatElement("1\n", count: 5_000_000))
        }
      }
      #expect(late?.name == "deadlinePassed")
    }
    let slow = "COPY (SELECT pg_sleep(0.01) FROM generate_series(1, 1000000)) TO STDOUT"
    _ = try await pool.run(pid, as: .login)
    let late = await failure {
      try await pool.transaction(as: .login, options: options) { tx in
        try await tx.copy(from: slow) { _ in }
      }
    }
    #expect(late?.name == "deadlinePassed")
    let started = Count()
    let task = Task {
      await failure {
        try await pool.transaction(as: .login) { tx in
          try await tx.copy(from: slow) { _ in started.next() }
        }
      }
    }
    try await Place.until { started.value > 0 }
    task.cancel()
    #expect(await task.value?.name == "cancelled")
    #expect(try await pool.run(Command("SELECT 1"), as: .login) == 1)
    #expect(try await Place.rows(of: table) == [])
  }

  @Test func `is counted like any statement`() async throws {
    let metrics = try Metrics()
    let counted = try await Place.pool(size: 1, metrics: metrics)
    try await counted.transaction(as: .login) { tx in
      try await tx.copy(from: "COPY (SELECT 1) TO STDOUT") { _ in }
    }
    #expect(metrics.statements == 3)
  }
}

@Suite(.timeLimit(.minutes(3))) struct `A script` {
  @Test func `runs all its statements, or none`() async throws {
    let connection = try await Place.connection()
    let table = try await Place.table("n int8")
    try await connection.script("INSERT INTO \(table.text) VALUES (1); SELECT 1; SELECT 2")
    #expect(
      await failure {
        try await connection.script("INSERT INTO \(table.text) VALUES (2); SELECT 1/0; SELECT 2")
      }?.state == "22012")
    #expect(try await Place.rows(of: table) == [1])
    try await connection.script("")
  }

  @Test func `with a COPY is refused, and does not hang`() async throws {
    let connection = try await Place.connection()
    let table = try await Place.table("n int8")
    for text in ["COPY \(table.text) FROM STDIN", "COPY \(table.text) TO STDOUT; SELECT 1"] {
      #expect(await failure { try await connection.script(text) }?.name == "unsendable")
    }
    try await connection.script("SELECT 1")
  }

  @Test func `ends with its time limit`() async throws {
    let connection = try await Place.connection()
    try await connection.script("SELECT 1")
    let error = await failure {
      try await connection.script("SELECT pg_sleep(3600)", timeLimit: .milliseconds(100))
    }
    #expect(error?.name == "deadlinePassed")
  }

  @Test func `does not run within a transaction of the same connection`() async throws {
    let connection = try await Place.connection()
    let table = try await Place.table("n int8")
    _ = await failure {
      try await connection.transaction { tx in
        try await tx.run(Command("SELECT 1"))
        try await connection.script("INSERT INTO \(table.text) VALUES (1)")
        try await tx.run(Command("SELECT 1/0"))
      }
    }
    #expect(try await Place.rows(of: table) == [1])
  }
}
