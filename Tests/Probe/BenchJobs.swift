import FoundationEssentials
import Glibc
import Jobs
import PostgreSQL
import Processes

/// Jobs from their INSERT to their effect, done by worker processes beside this one.
enum BenchJobs {
  /// Enough that no worker waits for us.
  private static let backlog = 4_000

  static func run(_ arguments: [String]) async throws {
    let options = ProbeArguments(arguments)
    let seconds = options.number("seconds", otherwise: 10)
    let cluster = try ProbeCluster(arguments)
    try await ProbeJobs.prepare(arguments)
    let lifeline = try Pipe()
    let workers = try (0..<options.number("processes", otherwise: 2)).map { _ in
      try startWorker(lifeline, options)
    }
    defer { for worker in workers { end(worker) } }
    let count = try await effects(cluster, seconds: seconds)
    let times = try await times(cluster)
    try ProbeReport.print(
      Report(
        jobsPerSecond: Double(count) / Double(seconds), p50Ms: times[times.count / 2],
        p99Ms: times[times.count * 99 / 100]))
  }

  private static func startWorker(_ lifeline: Pipe, _ options: ProbeArguments) throws
    -> ChildProcess
  {
    try ChildProcess.spawn(
      "/proc/self/exe",
      [
        "jobs-worker", "--data", options["data"] ?? ".data",
        "--places", options["places"] ?? "4",
      ], environment: [:], descriptors: [lifeline.reading, STDERR_FILENO, STDERR_FILENO])
  }

  private static func end(_ worker: ChildProcess) {
    worker.signal(SIGTERM)
    while worker.end() == nil { usleep(10_000) }
  }

  /// Enqueues for so long, and counts what was done in that time.
  private static func effects(_ cluster: ProbeCluster, seconds: Int) async throws -> Int {
    let pool = Pool(
      .init(connectionString: cluster.connectionString(login: "martlet_web"), size: 2))
    let viewer = Pool(
      .init(connectionString: cluster.connectionString(login: cluster.superuser), size: 1))
    let numbers = (1...10).map(ProbeJobs.Numbered.init)
    let end = ContinuousClock.now + .seconds(seconds)
    var sets = 0
    while ContinuousClock.now < end {
      if sets % 100 == 0, try await number("app.jobs", on: viewer) > backlog {
        try await Task.sleep(for: .milliseconds(20))
        continue
      }
      let shop = ProbeJobs.shops[sets % ProbeJobs.shops.count]
      let command = try ProbeJobs.effect.enqueue(all: numbers, for: shop, now: Date())
      _ = try await pool.run(command, as: ProbeJobs.scope(shop))
      sets += 1
    }
    return try await number("app.probe_effects", on: viewer)
  }

  private static func number(_ table: String, on pool: Pool) async throws -> Int {
    let count = Query<Int>("SELECT count(*) AS n FROM \(SQL(stringLiteral: table))") {
      row throws(RowError) in try row.get("n")
    }
    return try await pool.run(count, as: .login)[0]
  }

  /// How long jobs took from the start of their handler to their effect, in ascending order.
  private static func times(_ cluster: ProbeCluster) async throws -> [Double] {
    let viewer = Pool(
      .init(connectionString: cluster.connectionString(login: cluster.superuser), size: 1))
    let times = Query<Double>(
      """
      SELECT 1000 * extract(epoch FROM made_at - started_at)::float8 AS milliseconds
        FROM app.probe_effects ORDER BY milliseconds
      """
    ) { row throws(RowError) in try row.get("milliseconds") }
    return try await viewer.run(times, as: .login)
  }

  private struct Report: Encodable {
    let jobsPerSecond: Double
    let p50Ms: Double
    let p99Ms: Double
  }
}
