import Glibc
import Processes
import Wiring

/// Martlet with routes and commands that only tests and benchmarks may have.
@main enum Probe {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "bench-database": try blocking { try await BenchDatabase.run(arguments) }
    case "transaction": try blocking { try await BenchTransactions.run(arguments) }
    case "jobs-prepare": try blocking { try await ProbeJobs.prepare(arguments) }
    case "jobs-enqueue": try blocking { try await ProbeJobs.enqueue(arguments) }
    case "jobs-worker": try ProbeWorker.run(arguments)
    case "jobs": try blocking { try await BenchJobs.run(arguments) }
    #if DEBUG
      case "secrets-prepare": try blocking { try await ProbeSecrets.prepare(arguments) }
    #endif
    default:
      let faults = ProbeFaults(getenv("MARTLET_FAULT").map { String(cString: $0) })
      Martlet.run(
        arguments, as: Martlet.TestBuild(routes: ProbeRoutes.all, faults: faults.points))
    }
  }
}
