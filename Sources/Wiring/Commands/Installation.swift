import Glibc
import PostgreSQL
import Processes
import Scope
import Secrets

/// What commands share: settings, the data folder, and the database they lead to.
struct Installation {
  let settings: Settings
  let port: Int
  let dataFolder: String
  /// Nil where DATABASE_URL names a server of somebody else.
  let cluster: EmbeddedPostgreSQL?

  init(_ arguments: Arguments) throws {
    let environment = Environment.current
    port = try arguments.integer("port", in: 1...65_535, otherwise: 8_080)
    settings = try Settings.read(environment: environment, port: port)
    dataFolder = arguments["data"] ?? environment["MARTLET_DATA"] ?? ".data"
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

  /// As whom commands of the platform's people log in.
  func operatorConnection() throws -> String {
    if cluster != nil {
      return try clusterOrFailure().connectionString(login: Login.operator.rawValue)
    }
    guard let url = settings.operatorURL else {
      throw CommandFailure(
        .configuration,
        "MARTLET_OPERATOR_URL: set it to the login martlet_operator on DATABASE_URL's database.")
    }
    return url
  }

  var keyFile: KeyFile { KeyFile(path: settings.keyFile ?? "\(dataFolder)/root-keys") }

  func migrator() throws -> Migrator {
    do {
      return try Migrator(
        folder: "\(settings.resources)/Migrations", owner: "martlet_owner", schema: "app")
    } catch let error as MigrationError {
      throw CommandFailure(.configuration, error.description)
    }
  }

  /// For a command that works beside a server as well as alone.
  /// - Returns: Whether we started it, and so have to stop it.
  func startClusterUnlessServing() throws -> Bool {
    do {
      try cluster?.start()
      return cluster != nil
    } catch EmbeddedPostgreSQLError.inUse {
      return false
    } catch let error as EmbeddedPostgreSQLError {
      throw CommandFailure(.configuration, error.description)
    }
  }

  func startCluster() throws {
    do {
      try cluster?.start()
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

  private func clusterOrFailure() throws -> EmbeddedPostgreSQL {
    guard let cluster else { throw CommandFailure(.failed, "no private cluster is configured") }
    return cluster
  }
}
