import Jobs
import PostgreSQL
import Scope

/// Puts the jobs of all parts behind one worker.
enum WorkerApplication {
  /// - Parameter connection: Logs in as `martlet_worker`.
  static func worker(connection: String, metrics: JobMetrics? = nil) throws -> Worker {
    let queue = Pool(
      Pool.Configuration(
        connectionString: connection, applicationName: "martlet worker", size: 4,
        maximumWait: .seconds(10), timeLimit: .seconds(30)))
    let context = Context.system
    return Worker(
      Worker.Configuration(), queue: queue,
      surroundings: WorkerSurroundings(now: context.now, random: context.random),
      handlers: Housekeeping.handlers(queue: queue), schedules: try Housekeeping.schedules(),
      metrics: metrics)
  }
}
