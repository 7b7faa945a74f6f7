import API
import Jobs
import PostgreSQL
import Scope

/// Puts the jobs of all parts behind one worker.
struct WorkerApplication {
  private let settings: Settings
  private let context: Context
  private let dataFolder: String

  init(_ settings: Settings, context: Context, dataFolder: String) throws {
    self.settings = settings
    self.context = context
    self.dataFolder = dataFolder
  }

  /// - Parameter connection: Logs in as `martlet_worker`.
  func worker(connection: String, metrics: JobMetrics? = nil) throws -> Worker {
    let queue = Pool(
      Pool.Configuration(
        connectionString: connection, applicationName: "martlet worker", size: 4,
        maximumWait: .seconds(10), timeLimit: .seconds(30)))
    return Worker(
      Worker.Configuration(), queue: queue,
      surroundings: WorkerSurroundings(now: context.now, random: context.random),
      handlers: Housekeeping.handlers(queue: queue),
      schedules: try Housekeeping.schedules(), metrics: metrics)
  }
}
