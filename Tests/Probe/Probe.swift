import Processes
import Wiring

/// Martlet with routes and commands that only tests and benchmarks may have.
@main enum Probe {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "bench-database": try blocking { try await BenchDatabase.run(arguments) }
    case "transaction": try blocking { try await BenchTransactions.run(arguments) }
    default: Martlet.run(arguments, more: ProbeRoutes.all)
    }
  }
}
