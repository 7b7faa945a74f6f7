import HTTPServer
import Observability
import PostgreSQL
import Scope
import Synchronization

/// What a monitor and a load balancer ask.
struct Operations: Sendable {
  private let database: Database
  private let metrics: [Metrics]
  private let migrations: String

  init(database: Database, metrics: [Metrics], migrations: String) {
    self.database = database
    self.metrics = metrics
    self.migrations = migrations
  }

  var routes: [Route] {
    [
      Route(.get, "/healthz", on: .any) { _ in uncached(.text("ok\n")) },
      Route(.get, "/readyz", on: .any) { _ in uncached(await readiness()) },
      Route(.get, "/metrics", on: .any) { _ in
        let text = metrics.map { $0.render() }.joined()
        return uncached(.text(text, type: "text/plain; version=0.0.4; charset=utf-8"))
      },
    ]
  }

  private func readiness() async -> Response {
    do {
      let migrator = try Migrator(folder: migrations, owner: "martlet_owner", schema: "app")
      switch try await database.schemaStatus(by: migrator) {
      case .current: return .text("ready\n")
      case .pending(let count): return notReady("migrations_missing: \(count) to apply")
      case .unknown(let explanation): return notReady("schema_unknown: \(explanation)")
      }
    } catch {
      return notReady("database_unavailable")
    }
  }

  private func notReady(_ reason: String) -> Response {
    var response = Response.text(reason + "\n", status: 503)
    response.headers.append("Retry-After", "2")
    return response
  }
}

private func uncached(_ response: Response) -> Response {
  var response = response
  response.headers.append("Cache-Control", "no-store")
  return response
}
