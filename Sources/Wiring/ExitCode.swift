/// What a command's end tells a script or a service manager. Source: sysexits.h.
package enum ExitCode: Int32, Error {
  case done = 0
  /// What was to be checked is not as it should be.
  case unsound = 1
  /// The command line is wrong.
  case usage = 64
  /// Something of ours failed.
  case failed = 70
  /// The database's schema is older or newer than this program.
  case migrationsMissing = 75
  /// A setting, role, policy or server version is wrong.
  case configuration = 78
}

/// Ends the command with a sentence for the person who ran it.
package struct CommandFailure: Error {
  let code: ExitCode
  let message: String

  init(_ code: ExitCode, _ message: String) {
    self.code = code
    self.message = message
  }
}
