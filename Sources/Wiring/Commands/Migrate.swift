import PostgreSQL

enum Migrate {
  static func run(_ arguments: [String]) throws {
    let installation = try Installation(
      Arguments(arguments, options: ["data", "port"], flags: []))
    try installation.startCluster()
    defer { installation.cluster?.stop() }
    let applied = try installation.migrate()
    for migration in applied { Terminal.say("applied \(migration.fileName)") }
    if applied.isEmpty { Terminal.say("The schema is up to date.") }
  }
}
