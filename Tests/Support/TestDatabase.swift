package import PostgreSQL
import Scope
import Synchronization

/// A database on the test process's own server.
package struct TestDatabase: Sendable {
  package let name: String
  /// Logs in as `martlet_web`.
  package let web: Pool
  /// Logs in as `martlet_operator`.
  package let `operator`: Pool
  /// Logs in as `martlet_worker`.
  package let worker: Pool
  private let server: EmbeddedPostgreSQL

  /// Migrated, and shared by every test of the process: each works in shops of its own.
  package static func shared() async throws -> TestDatabase { try await sharedDatabase.value }

  /// Migrated, for a test that changes what others would see.
  package static func own() async throws -> TestDatabase {
    try await template.value
    return try await copy(of: templateName)
  }

  /// Without schema, for tests of migrations. The roles are there once another test made them: they
  /// belong to the whole server.
  package static func empty() async throws -> TestDatabase { try await copy(of: "template1") }

  package func connectionString(login: String) -> String {
    server.connectionString(login: login, database: name)
  }

  /// Past every policy.
  package var superuserConnectionString: String {
    connectionString(login: EmbeddedPostgreSQL.superuser)
  }

  package static func migrator() throws -> Migrator {
    try Migrator(folder: migrationsFolder, owner: "martlet_owner", schema: "app")
  }

  package static let migrationsFolder = packageFolder + "/Migrations"

  /// …/Tests/Support/TestDatabase.swift without its last three parts.
  private static let packageFolder = #filePath.split(separator: "/").dropLast(3)
    .map { "/\($0)" }.joined()

  private static let templateName = "martlet_template"
  private static let counter = Atomic(0)

  private static let template = Task {
    let server = try TestCluster.server.get()
    try await create(templateName, from: "template1", on: server)
    let superuser = server.connectionString(
      login: EmbeddedPostgreSQL.superuser, database: templateName)
    _ = try await migrator().migrate(superuser)
    // Of the whole server, which every database of a test has a pool of.
    let connection = try Connection(to: superuser)
    try await connection.script("ALTER ROLE martlet_operator CONNECTION LIMIT -1")
    await connection.close()
  }

  private static let sharedDatabase = Task { try await own() }

  private static func copy(of template: String) async throws -> TestDatabase {
    let server = try TestCluster.server.get()
    let name = "test_\(counter.add(1, ordering: .relaxed).newValue)"
    try await create(name, from: template, on: server)
    let database = TestDatabase(name: name, server: server)
    // A copy has all of its template but the rights on the database itself.
    if template == templateName {
      _ = try await migrator().migrate(database.superuserConnectionString)
    }
    return database
  }

  private static func create(
    _ name: String, from template: String, on server: EmbeddedPostgreSQL
  ) async throws {
    let connection = try Connection(
      to: server.connectionString(login: EmbeddedPostgreSQL.superuser, database: "postgres"))
    try await connection.script("CREATE DATABASE \(name) TEMPLATE \(template)")
    await connection.close()
  }

  private init(name: String, server: EmbeddedPostgreSQL) {
    self.name = name
    self.server = server
    func pool(_ login: Login, size: Int) -> Pool {
      Pool(
        Pool.Configuration(
          connectionString: server.connectionString(login: login.rawValue, database: name),
          size: size, maximumWait: .seconds(60), timeLimit: .seconds(60)))
    }
    web = pool(.web, size: 4)
    `operator` = pool(.operator, size: 2)
    worker = pool(.worker, size: 4)
  }
}
