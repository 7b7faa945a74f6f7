import API
import Accounts
import Audit
import HTML
import Jobs
import Limits
import Mail
import Notices
import PostgreSQL
import Scope
import Shops

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
    let sealing = AuditSealing(queue: queue, context: context)
    return Worker(
      Worker.Configuration(), queue: queue,
      surroundings: WorkerSurroundings(now: context.now, random: context.random),
      handlers: try purges.map { $0.handler(queue: queue) } + mailHandlers()
        + [CompleteTransfers.handler(queue: queue), sealing.handler],
      schedules: try purges.map { try $0.schedule() }
        + [CompleteTransfers.schedule(), AuditSealing.schedule()],
      metrics: metrics)
  }

  private var purges: [Purge] {
    Housekeeping.purges + LimitsHousekeeping.purges + APIHousekeeping.purges
      + AccountsHousekeeping.purges + ShopsHousekeeping.purges
  }

  /// None without a mail server: mails then wait in the queue, and `martlet doctor` tells of them.
  private func mailHandlers() throws -> [JobHandler] {
    guard let smtp = settings.smtpServer, let sender = settings.mailSender else { return [] }
    let pool = Pool(
      Pool.Configuration(
        connectionString: settings.databaseURL ?? "", applicationName: "martlet worker mail",
        size: 2))
    let server = smtp.server
    let database = Database(pool: pool, faults: context.faults)
    let languages = try Languages(folder: "\(settings.resources)/Locales")
    let letterhead = Letterhead(sender: sender, address: settings.baseURL)
    let post = Postman { await server.send($0) }
    return [
      SendAccountMail(
        database: database, context: context, languages: languages, letterhead: letterhead,
        baseURL: settings.baseURL, post: post
      ).handler,
      SendShopMail(
        database: database, context: context, languages: languages, letterhead: letterhead,
        baseURL: settings.baseURL, post: post
      ).handler,
    ]
  }
}
