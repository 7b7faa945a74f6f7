import Glibc
import HTTPServer
import PostgreSQL
import Processes
import Scope
import Secrets
import ShopKeys

/// `martlet serve`: makes sure of the database, then supervises the web processes until told to stop.
enum Serve {
  static func run(_ arguments: [String]) throws {
    // Before any thread exists, so that all of them leave these to the supervisor's loop.
    let signals = Signals.block(SIGTERM, SIGINT, SIGCHLD)
    let arguments = try Arguments(arguments, options: ["port", "data", "role"], flags: [])
    let role = arguments["role"] ?? "all"
    guard ["all", "web"].contains(role) else {
      throw CommandFailure(.usage, "--role takes all or web.")
    }
    let installation = try Installation(arguments)
    let sockets = try sockets(installation)
    try installation.startCluster()
    do {
      try makeSureOfDatabase(installation)
      try Supervisor(installation, sockets: sockets, signals: signals).run()
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
    let migrator = try installation.migrator()
    let connection = try installation.webConnection()
    let ring = try makeSureOfKeys(installation)
    let (status, findings, unknownKeys) = try blocking {
      let pool = Pool(Pool.Configuration(connectionString: connection, size: 1))
      let database = Database(pool: pool)
      let status = try await database.schemaStatus(by: migrator)
      guard status == .current else { return (status, [String](), [KeyID]()) }
      return (
        status, try await Audit.findings(on: pool),
        try await UnknownRootKeys.find(in: ring, database: database)
      )
    }
    switch status {
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
    guard unknownKeys.isEmpty else {
      let ids = unknownKeys.map(\.description).joined(separator: ", ")
      throw CommandFailure(
        .configuration,
        "\(installation.keyFile.path) lacks the key \(ids), which the database's secrets need. "
          + "Restore the file from where you keep it.")
    }
  }

  /// Before any web process runs, so that all of them read one file.
  private static func makeSureOfKeys(_ installation: Installation) throws -> Keyring {
    do {
      return try installation.keyFile.loadOrMake()
    } catch {
      throw CommandFailure(.configuration, error.description)
    }
  }
}
