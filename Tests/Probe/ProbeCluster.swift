import PostgreSQL
import Scope

/// The private PostgreSQL of a probe that serves from `--data`.
struct ProbeCluster {
  private let cluster: EmbeddedPostgreSQL
  var database: String { cluster.database }
  var socketFolder: String { cluster.socketFolder }
  var superuser: String { EmbeddedPostgreSQL.superuser }

  init(_ arguments: [String]) throws {
    let data = arguments.firstIndex(of: "--data").map { arguments[$0 + 1] } ?? ".data"
    cluster = try EmbeddedPostgreSQL(
      folder: data, database: "martlet", logins: Login.allCases.map(\.rawValue))
  }

  func connectionString(login: String) -> String { cluster.connectionString(login: login) }
}
