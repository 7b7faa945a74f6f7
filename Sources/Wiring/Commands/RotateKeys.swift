import DataKeys
import PostgreSQL
import Processes
import Scope
import Secrets

/// `martlet keys rotate`: a new root key wraps every data key, and the old ones are taken out.
/// Runs beside a server or alone, may be stopped at any moment, and is then run again.
enum RotateKeys {
  static func run(_ arguments: [String]) throws {
    guard arguments.first == "rotate" else {
      throw CommandFailure(.usage, "Say `martlet keys rotate`.")
    }
    let arguments = try Arguments(
      Array(arguments.dropFirst()), options: ["data", "port"], flags: [])
    let installation = try Installation(arguments)
    let isStarted = try installation.startClusterUnlessServing()
    defer { if isStarted { installation.cluster?.stop() } }
    let connection = try installation.operatorConnection()
    let file = installation.keyFile
    do {
      let (current, wrapped) = try blocking {
        let pool = Pool(Pool.Configuration(connectionString: connection, size: 1))
        return try await RootKeyRotation(file: file, database: Database(pool: pool)).run()
      }
      Terminal.say("\(file.path): key \(current) now wraps \(wrapped) data keys.")
    } catch let failure as KeyFile.Failure {
      throw CommandFailure(.configuration, failure.description)
    } catch RootKeyRotation.Failure.rootKeyMissing(let id) {
      throw CommandFailure(
        .configuration,
        "\(file.path) lacks the key \(id). Add its line from a copy of the file, and run this again."
      )
    }
  }
}
