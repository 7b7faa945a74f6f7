import Audit
import PostgreSQL
import Processes
import Scope

/// `martlet audit verify`: whether the log of each shop still says what it said. Beside a server or alone.
enum AuditCommand {
  static func run(_ arguments: [String]) throws {
    guard arguments.first == "verify" else {
      throw CommandFailure(.usage, "Say `martlet audit verify`.")
    }
    let arguments = try Arguments(
      Array(arguments.dropFirst()), options: ["shop", "data", "port"], flags: [])
    let installation = try Installation(arguments)
    let isStarted = try installation.startClusterUnlessServing()
    defer { if isStarted { installation.cluster?.stop() } }
    let connection = try installation.operatorConnection()
    let slug = arguments["shop"]
    let findings = try blocking {
      let pool = Pool(Pool.Configuration(connectionString: connection, size: 2))
      return try await verify(
        AuditCheck(database: Database(pool: pool), scope: Guard.commandLine()), slug)
    }
    guard findings == 0 else { throw ExitCode.unsound }
  }

  /// - Returns: How much does not fit.
  private static func verify(_ check: AuditCheck, _ slug: String?) async throws -> Int {
    let shops = try await check.shops(called: slug)
    if let slug, shops.isEmpty {
      throw CommandFailure(.usage, "There is no shop called \(slug).")
    }
    var findings = 0
    for shop in shops {
      let result = try await check.check(shop)
      for finding in result.findings { Terminal.complain("\(shop.slug): \(finding)") }
      findings += result.findings.count
      Terminal.say("\(shop.slug) \(result.length) \(result.head ?? "-")")
    }
    Terminal.say("\(shops.count) shops, \(findings) findings")
    return findings
  }
}
