import Glibc
package import Processes

/// PostgreSQL's own programs: each in a session of its own, so that no signal meant for us reaches it,
/// and as the user that a cluster belongs to.
package enum SystemProgram {
  /// - Parameter output: A file that takes what the program says, emptied first.
  package static func spawn(
    _ program: String, _ arguments: [String], as user: SystemUser, output: String
  ) throws -> ChildProcess {
    let file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    try checked("open", output, file)
    defer { close(file) }
    return try start(program, arguments, as: user, output: file)
  }

  /// Runs to the end.
  static func run(
    _ program: String, _ arguments: [String], as user: SystemUser
  ) throws -> (succeeded: Bool, output: String) {
    guard let output = tmpfile() else {
      throw EmbeddedPostgreSQLError.system("make a file for the output of", program, errno: errno)
    }
    defer { fclose(output) }
    let child = try start(program, arguments, as: user, output: fileno(output))
    var status: Int32 = -1
    while waitpid(child.id, &status, 0) == -1, errno == EINTR {}
    lseek(fileno(output), 0, SEEK_SET)
    return (status == 0, String(decoding: readToEnd(fileno(output)), as: UTF8.self))
  }

  private static func start(
    _ program: String, _ arguments: [String], as user: SystemUser, output: Int32
  ) throws -> ChildProcess {
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    try checked("open", "/dev/null", nothing)
    defer { close(nothing) }
    var words = [program] + arguments
    if user.id != geteuid() {
      words =
        [
          "/usr/bin/setpriv", "--reuid=\(user.id)", "--regid=\(user.group)", "--init-groups",
          "--inh-caps=-all", "--no-new-privs", "--",
        ] + words
    }
    do {
      return try ChildProcess.spawn(
        words[0], Array(words.dropFirst()),
        environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"],
        descriptors: [nothing, output, output], startsSession: true)
    } catch {
      guard case .spawn(let program, let code) = error else { throw error }
      throw EmbeddedPostgreSQLError.system("start", program, errno: code)
    }
  }
}
