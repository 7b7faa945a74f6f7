import Glibc
import HTML
import Processes
import Sandbox

/// `martlet sandbox`: stand-ins for outside services, until told to stop.
enum RunSandbox {
  static func run(_ arguments: [String]) throws {
    let signals = Signals.block(SIGTERM, SIGINT)
    let arguments = try Arguments(arguments, options: ["port"], flags: [])
    let port = try arguments.integer("port", in: 1...65_534, otherwise: 8_081)
    let settings = try Settings.read(environment: Environment.current, port: port)
    let languages = try Languages(folder: "\(settings.resources)/Locales")
    let sandbox: Sandbox
    do {
      sandbox = try Sandbox(
        port: UInt16(port), languages: languages, assets: "\(settings.resources)/Assets")
    } catch {
      throw CommandFailure(
        .configuration,
        "The sandbox cannot listen on the ports \(port) and \(port + 1): \(error). "
          + "Choose others with --port.")
    }
    Terminal.say("ready sandbox http://localhost:\(port)")
    while signals.wait(milliseconds: 60_000) == nil {}
    try blocking { await sandbox.stop() }
  }
}
