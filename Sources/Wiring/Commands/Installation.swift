import FoundationEssentials
import Jobs
import PostgreSQL
import Processes
import Scope

/// What commands share: settings, the data folder, and the database they lead to.
struct Installation {
  let settings: Settings
  let port: Int
  let dataFolder: String
  /// Nil where DATABASE_URL names a server of somebody else.
  let cluster: EmbeddedPostgreSQL?

  init(_ arguments: Arguments) throws {
    port = try arguments.integer("port", in: 1...65_535, otherwise: 8_080)
    settings = try Settings.read(environment: Environment.current, port: port)
    dataFolder = arguments["data"] ?? settings.dataFolder
    guard settings.databaseURL == nil else {
      cluster = nil
      return
    }
    do {
      cluster = try EmbeddedPostgreSQL(
        folder: dataFolder, database: "martlet", logins: Login.allCases.map(\.rawValue))
    } catch let error as EmbeddedPostgreSQLError {
      throw CommandFailure(.configuration, error.description)
    }
  }

  /// As whom the web processes log in.
  func webConnection() throws -> String {
    if let url = settings.databaseURL { return url }
    return try clusterOrFailure().connectionString(login: Login.web.rawValue)
  }

  /// As whom the worker process and the commands about jobs log in.
  func workerConnection() throws -> String {
    if cluster != nil {
      return try clusterOrFailure().connectionString(login: Login.worker.rawValue)
    }
    guard let url = settings.workerURL else {
      throw CommandFailure(
        .configuration,
        "MARTLET_WORKER_URL: set it to a login as martlet_worker, or serve pages alone, with "
          + "--role web, and run the worker elsewhere.")
    }
    return url
  }

  /// How the queue stands, as the worker's login sees it.
  func queueStatus() throws -> QueueStatus {
    let connection = try workerConnection()
    return try blocking {
      try await QueueStatus.read(from: Pool(.init(connectionString: connection, size: 1)))
    }
  }

  /// As whom migrations log in, who on a private cluster also makes the roles.
  func migrateConnection() throws -> String {
    if cluster != nil {
      return try clusterOrFailure().connectionString(login: EmbeddedPostgreSQL.superuser)
    }
    guard let url = settings.migrateURL else {
      throw CommandFailure(
        .configuration,
        "MARTLET_MIGRATE_URL: set it to a login that may migrate DATABASE_URL's database.")
    }
    return url
  }

  func migrator() throws -> Migrator {
    do {
      return try Migrator(
        folder: "\(settings.resources)/Migrations", owner: "martlet_owner", schema: "app")
    } catch let error as MigrationError {
      throw CommandFailure(.configuration, error.description)
    }
  }

  /// Uploads wait there, also where the database is elsewhere.
  func makeDataFolder() throws(CommandFailure) {
    do {
      try FileManager.default.createDirectory(
        atPath: dataFolder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(
        .configuration,
        "The data folder \(dataFolder) cannot be made. Check who owns the folder that it is to be "
          + "in, or choose another with --data.")
    }
  }

  func startCluster() throws {
    guard let cluster else { return }
    try makeDataFolder()
    do {
      try cluster.start()
    } catch let error as EmbeddedPostgreSQLError {
      throw CommandFailure(.configuration, error.description)
    }
  }

  func migrate() throws -> [Migration] {
    let migrator = try migrator()
    let connection = try migrateConnection()
    do {
      return try blocking { try await migrator.migrate(connection) }
    } catch let error as MigrationError {
      throw CommandFailure(.migrationsMissing, error.description)
    }
  }

  /// What the web processes' login finds: the state of the schema and, when that is current, what
  /// the audit has against the database.
  func examineDatabase() throws -> (schema: Migrator.Status, findings: [String]) {
    let migrator = try migrator()
    let connection = try webConnection()
    return try blocking {
      let pool = Pool(Pool.Configuration(connectionString: connection, size: 1))
      do throws(PostgreSQLError) {
        let schema = try await Database(pool: pool).schemaStatus(by: migrator)
        guard schema == .current else { return (schema, []) }
      } catch {
        // Of a login that may not take our roles the audit has more to say than the refusal.
        guard error.serverError?.state == .insufficientPrivilege else { throw error }
        let findings = try await Audit.findings(on: pool)
        guard !findings.isEmpty else { throw error }
        return (.current, findings)
      }
      return (.current, try await Audit.findings(on: pool))
    }
  }

  private func clusterOrFailure() throws -> EmbeddedPostgreSQL {
    guard let cluster else { throw CommandFailure(.failed, "no private cluster is configured") }
    return cluster
  }
}
