import FoundationEssentials
import PostgreSQL
import Synchronization

/// Durable write transactions through the pool, without HTTP: what the tool itself costs.
enum BenchTransactions {
  static func run(_ arguments: [String]) async throws {
    let options = ProbeArguments(arguments)
    let connections = options.number("connections", otherwise: 16)
    let seconds = Double(options.number("seconds", otherwise: 10))
    let cluster = try ProbeCluster(arguments)
    let pool = Pool(
      Pool.Configuration(
        connectionString: cluster.connectionString(login: "martlet_web"), size: connections))
    let latencies = Mutex<[Double]>([])
    let end = ContinuousClock.now + .seconds(seconds)
    try await withThrowingTaskGroup(of: [Double].self) { group in
      for _ in 0..<connections { group.addTask { try await transactions(on: pool, until: end) } }
      for try await some in group { latencies.withLock { $0 += some } }
    }
    let sorted = latencies.withLock { $0.sorted() }
    let report = Report(
      transactionsPerSecond: Double(sorted.count) / seconds, p50Ms: sorted[sorted.count / 2],
      p99Ms: sorted[sorted.count * 99 / 100])
    try ProbeReport.print(report)
  }

  private static func transactions(
    on pool: Pool, until end: ContinuousClock.Instant
  ) async throws -> [Double] {
    var milliseconds: [Double] = []
    while ContinuousClock.now < end {
      let started = ContinuousClock.now
      let id = Int.random(in: 1...BenchDatabase.rows)
      let shop = BenchDatabase.shop
      let sold = Command(
        "UPDATE app.probe_items SET stock = stock - 1 WHERE shop_id = \(shop) AND id = \(id)")
      let moved = Command(
        "INSERT INTO app.probe_moves (shop_id, item_id, quantity) VALUES (\(shop), \(id), -1)")
      let left = Query<Int>(
        "SELECT stock FROM app.probe_items WHERE shop_id = \(shop) AND id = \(id)"
      ) { row throws(RowError) in try row.get("stock") }
      _ = try await pool.run(sold, moved, left, as: BenchDatabase.scope)
      milliseconds.append(started.duration(to: .now) / .milliseconds(1))
    }
    return milliseconds
  }

  private struct Report: Encodable {
    let transactionsPerSecond: Double
    let p50Ms: Double
    let p99Ms: Double
  }
}
