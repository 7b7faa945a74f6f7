import Glibc
package import HTTPServer
import PostgreSQL
package import Processes

/// The program: a command line in, an exit code out.
package enum Martlet {
  package static let version = "0.1.0"

  /// What the probe, a build for tests and benchmarks, has beside the product.
  package struct TestBuild: Sendable {
    package typealias Routes = @Sendable (WebProcess.Parts) -> [Route]
    /// Names the fault point that ends a process; a setting of no other build.
    static let faultSetting = "MARTLET_FAULT"

    let routes: Routes
    let faults: FaultPoints

    package init(routes: @escaping Routes, faults: FaultPoints) {
      self.routes = routes
      self.faults = faults
    }
  }

  package static func run(_ arguments: [String], as test: TestBuild? = nil) -> Never {
    do {
      try refuseFaults(in: test)
      try run(command: arguments.first ?? "--help", Array(arguments.dropFirst()), test)
      exit(ExitCode.done.rawValue)
    } catch let failure as CommandFailure {
      Terminal.complain(failure.message)
      exit(failure.code.rawValue)
    } catch let code as ExitCode {
      exit(code.rawValue)
    } catch let problems as Settings.Problems {
      Terminal.complain(problems.all.map(\.description).joined(separator: "\n"))
      exit(ExitCode.configuration.rawValue)
    } catch PostgreSQLError.unavailable(let reason) {
      // No wrong configuration, after which a service manager would not start us again.
      Terminal.complain("The database does not answer; see DATABASE_URL. \(reason)")
      exit(ExitCode.failed.rawValue)
    } catch {
      Terminal.complain("\(error)")
      exit(ExitCode.failed.rawValue)
    }
  }

  private static func run(
    command: String, _ arguments: [String], _ test: TestBuild?
  ) throws {
    if arguments.contains("--help") || ["--help", "-h", "help"].contains(command) {
      return Terminal.say(Help.text)
    }
    switch command {
    case "serve": try Serve.run(arguments)
    case "migrate": try Migrate.run(arguments)
    case "keys": try RotateKeys.run(arguments)
    case "audit": try AuditCommand.run(arguments)
    case "doctor": try Doctor.run(arguments)
    case "--version", "version": Terminal.say("martlet \(version)")
    case "operator": try OperatorCommand.run(arguments)
    case "job": try JobCommand.run(arguments)
    case "sandbox": try RunSandbox.run(arguments)
    case WebProcess.command: try WebProcess.run(arguments, as: test)
    case WorkerProcess.command: try WorkerProcess.run(arguments, as: test)
    default:
      throw CommandFailure(
        .usage, "There is no command \"\(command)\". `martlet --help` lists them.")
    }
  }

  private static func refuseFaults(in test: TestBuild?) throws(CommandFailure) {
    guard test == nil, Environment.current[TestBuild.faultSetting] != nil else { return }
    throw CommandFailure(
      .configuration,
      "\(TestBuild.faultSetting): this build has no fault points. Remove the setting.")
  }
}
