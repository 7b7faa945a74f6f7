import DataKeys
import Glibc
import HTTPServer
import PostgreSQL
import Processes
import Scope
import Secrets

/// `martlet serve`: makes sure of the database, then supervises its processes until told to stop.
enum Serve {
  static func run(_ arguments: [String]) throws {
    // Before any thread exists, so that all of them leave these to the supervisor's loop.
    let signals = Signals.block(SIGTERM, SIGINT, SIGCHLD)
    let arguments = try Arguments(arguments, options: ["port", "data", "role"], flags: [])
    guard let role = Supervisor.Role(rawValue: arguments["role"] ?? "all") else {
      throw CommandFailure(.usage, "--role takes all, web or worker.")
    }
    let installation = try Installation(arguments)
    let sockets = role == .worker ? nil : try sockets(installation)
    try installation.makeDataFolder()
    try installation.startCluster()
    do {
      try makeSureOfDatabase(installation)
      try makeSureOfKeys(installation)
      // A login that may not see the queue is told here, not by a worker that dies again and again.
      if role != .web { _ = try installation.queueStatus() }
      try Supervisor(installation, role, sockets: sockets, signals: signals).run()
    } catch {
      installation.cluster?.stop()
      throw error
    }
    installation.cluster?.stop()
  }

  /// Opened first: a taken port should be told before a database is started for nothing.
  private static func sockets(_ installation: Installation) throws -> Supervisor.Sockets {
    let settings = installation.settings
    func open(_ port: Int) throws -> ListeningSocket {
      do {
        return try ListeningSocket(.tcp(host: settings.bindAddress, port: UInt16(port)))
      } catch {
        throw CommandFailure(
          .configuration,
          "Cannot listen on \(settings.bindAddress), port \(port): \(error). "
            + "Choose another with --port, or MARTLET_BIND.")
      }
    }
    return Supervisor.Sockets(
      pages: try open(installation.port), metrics: try settings.metricsPort.map(open))
  }

  /// A private database is migrated here. Another one is somebody's to migrate when they choose.
  private static func makeSureOfDatabase(_ installation: Installation) throws {
    if installation.cluster != nil { _ = try installation.migrate() }
    let (schema, findings) = try installation.examineDatabase()
    switch schema {
    case .current: break
    case .pending(let count):
      throw CommandFailure(
        .migrationsMissing, "The database lacks \(count) migrations. Run `martlet migrate`.")
    case .unknown(let explanation):
      throw CommandFailure(.migrationsMissing, explanation)
    }
    guard findings.isEmpty else {
      throw CommandFailure(.configuration, findings.joined(separator: "\n"))
    }
  }

  /// Before any web process runs, so that all of them read one file. A lost file is not made anew where
  /// the database has secrets: what was sealed since could not be told from what is lost.
  private static func makeSureOfKeys(_ installation: Installation) throws {
    let file = installation.keyFile
    let connection = try installation.webConnection()
    do {
      let ring = try file.loadIfThere()
      let unknown = try blocking {
        let pool = Pool(Pool.Configuration(connectionString: connection, size: 1))
        return try await UnknownRootKeys.find(in: ring, database: Database(pool: pool))
      }
      guard unknown.isEmpty else {
        let ids = unknown.map(\.description).joined(separator: ", ")
        throw CommandFailure(
          .configuration,
          "\(file.path) lacks the key \(ids), which the database's secrets need. "
            + "Restore the file from where you keep it.")
      }
      if ring == nil { _ = try file.loadOrMake() }
    } catch let failure as KeyFile.Failure {
      throw CommandFailure(.configuration, failure.description)
    }
  }
}
