import FoundationEssentials
import Jobs
import PostgreSQL
import Processes

/// `martlet job`: runs a scheduled job by hand, and looks after those that failed for good.
enum JobCommand {
  static func run(_ arguments: [String]) throws {
    let words = Array(arguments.prefix { !$0.hasPrefix("--") })
    let arguments = try Arguments(
      Array(arguments.dropFirst(words.count)), options: ["at", "data", "port"], flags: [])
    let installation = try Installation(arguments)
    switch (words.first, words.count) {
    case ("run", 2): try run(words[1], at: try time(arguments["at"]), installation)
    case ("dead", 1): try listDeadLetters(installation)
    case ("retry", 2): try retry(words[1], installation)
    default:
      throw CommandFailure(
        .usage, "It is job run NAME, job dead or job retry NAME|ID. `martlet --help` says more.")
    }
  }

  private static func time(_ text: String?) throws(CommandFailure) -> Date {
    guard let text else { return Date() }
    guard let time = try? Date(text, strategy: .iso8601) else {
      throw CommandFailure(.usage, "--at takes a time such as 2026-03-01T03:00:00Z.")
    }
    return time
  }

  private static func run(_ name: String, at time: Date, _ installation: Installation) throws {
    var settings = installation.settings
    settings.databaseURL = try installation.webConnection()
    let application = try WorkerApplication(
      settings, context: try settings.context(), dataFolder: installation.dataFolder)
    let worker = try application.worker(connection: try installation.workerConnection())
    do {
      try blocking { try await worker.run(name, asOf: time) }
    } catch JobError.unknownName {
      throw CommandFailure(.usage, "There is no scheduled job \"\(name)\".")
    }
    Terminal.say("\(name) has run as of \(time.formatted(.iso8601))")
  }

  private static func listDeadLetters(_ installation: Installation) throws {
    let letters = try onQueue(of: installation) { queue in
      try await queue.run(DeadLetter.all(), as: .login)
    }
    for letter in letters {
      let owner = letter.shop == Platform.id ? "platform" : letter.shop.uuidString.lowercased()
      let time = letter.failedAt.formatted(.iso8601)
      Terminal.say(
        "\(letter.id) \(letter.name) \(owner) \(time) after \(letter.attempts) attempts: "
          + letter.error)
    }
    if letters.isEmpty { Terminal.say("No job has failed for good.") }
  }

  private static func retry(_ chosen: String, _ installation: Installation) throws {
    let count = try onQueue(of: installation) { queue in
      let count = try await queue.run(DeadLetter.retry(chosen, now: Date()), as: .login)
      try await JobWaker(pool: queue).wakeNow()
      return count
    }
    guard count > 0 else {
      throw CommandFailure(
        .usage, "No dead letter is called \(chosen). `martlet job dead` lists them.")
    }
    Terminal.say("\(count) in the queue again")
  }

  private static func onQueue<Output: Sendable>(
    of installation: Installation, _ body: @escaping @Sendable (Pool) async throws -> Output
  ) throws -> Output {
    let connection = try installation.workerConnection()
    return try blocking { try await body(Pool(.init(connectionString: connection, size: 1))) }
  }
}
