import FoundationEssentials
import Observability
import TestSupport
import Testing

@testable import PostgreSQL

@Suite struct `Ten thousand cancelled transactions` {
  private static let workers = 4

  @Test(.timeLimit(.minutes(10)))
  func `never make anybody see an answer that is not his`() async throws {
    let metrics = try Metrics()
    let pool = try await Place.pool(size: 4, metrics: metrics)
    let checks = Count()
    let checker = Task {
      while !Task.isCancelled {
        // Not a child of the checking task: what is checked is not itself cancelled.
        try await Task { try await check(checks.next(), on: pool) }.value
      }
    }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in 1...Self.workers {
        group.addTask { try await cancelMany(seed: UInt64(worker), on: pool) }
      }
      let cancelled = try await group.reduce(0, +)
      #expect(cancelled > 500)
    }
    checker.cancel()
    try await checker.value
    #expect(checks.value > 100)
    try await Place.until { metrics.busy == 0 && metrics.waiting == 0 }
  }

  private func check(_ number: Int, on pool: Pool) async throws {
    let mine = value("SELECT \(number) AS value", as: Int.self)
    let shop = value("SELECT current_setting('app.shop_id') AS value", as: String.self)
    let (own, ownShop, again) = try await pool.run(mine, shop, mine, as: Place.writer)
    #expect(own == [number] && ownShop == [Place.shop.uuidString] && again == [number])
    let (first, second) = try await pool.transaction(as: Place.reader) { tx in
      (try await tx.one(mine), try await tx.one(mine))
    }
    #expect(first == number && second == number)
  }

  /// - Returns: How many ended in the middle of their work.
  private func cancelMany(seed: UInt64, on pool: Pool) async throws -> Int {
    var random = SeededGenerator(seed: seed)
    var cancelled = 0
    for number in 1...(10_000 / Self.workers) {
      let foreign = -(Int(seed) * 1_000_000 + number)
      let sleep = ["0", "0.0005", "0.005"].randomElement(using: &random)!
      let slow = value(
        "SELECT \(foreign) AS value FROM pg_sleep(\(SQL(stringLiteral: sleep)))", as: Int.self)
      let (started, starting) = AsyncStream.makeStream(of: Never.self)
      let hasStarted = Count()
      let task = Task {
        try await pool.transaction(as: Place.writer) { tx in
          hasStarted.next()
          starting.finish()
          return (try await tx.one(slow), try await tx.one(slow))
        }
      }
      // Every fifth in the middle of its work, the others perhaps in the line.
      if number % 5 == 0 { for await _ in started {} }
      for _ in 0..<Int.random(in: 0...40, using: &random) { await Task.yield() }
      task.cancel()
      do {
        let answer = try await task.value
        #expect(answer == (foreign, foreign), "seed \(seed)")
      } catch PostgreSQLError.cancelled {
        if hasStarted.value > 0 { cancelled += 1 }
      }
    }
    return cancelled
  }
}
