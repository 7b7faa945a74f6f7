import Foundation

/// `postgres-starter` on a folder, as a process that a test may kill.
final class StarterProcess {
  let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  /// - Parameter user: Of the operating system; nil is ours.
  init(folder: String, as user: String? = nil, program: String = StarterProcess.program) throws {
    if let user {
      process.executableURL = URL(filePath: "/usr/bin/setpriv")
      process.arguments =
        ["--reuid=\(user)", "--regid=nogroup", "--clear-groups", "--", program, folder]
    } else {
      process.executableURL = URL(filePath: program)
      process.arguments = [folder]
    }
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit { finish() }

  /// What it says once: a connection string when the server answers, else why it does not.
  func answer() throws -> String {
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first != 0x0A {
      line += byte
    }
    return String(decoding: line, as: UTF8.self)
  }

  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Lets it stop the server and end.
  func finish() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  static let program = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "postgres-starter").path
}

/// An empty folder under /tmp, removed with everything in it, into which any user may look.
final class ScratchFolder: Sendable {
  let path: String

  init() throws {
    path = "/tmp/martlet-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
