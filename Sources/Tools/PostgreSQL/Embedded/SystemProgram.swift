import CLinux
import Glibc

/// Programs started by posix_spawn: each in a session of its own, with no signal blocked or ignored,
/// and with no file of ours open. An inherited listening socket would keep its port taken after us.
package enum SystemProgram {
  /// - Parameter output: A file that takes what the program says, emptied first.
  package static func spawn(
    _ program: String, _ arguments: [String], as user: SystemUser, output: String
  ) throws -> Int32 {
    let file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    try checked("open", output, file)
    defer { close(file) }
    return try start(program, arguments, as: user, output: file)
  }

  /// Runs to the end.
  static func run(
    _ program: String, _ arguments: [String], as user: SystemUser
  ) throws -> (status: Int32, output: String) {
    var ends: [Int32] = [0, 0]
    try checked("make a pipe for", program, pipe2(&ends, O_CLOEXEC))
    defer { close(ends[0]) }
    let pid: pid_t
    do {
      defer { close(ends[1]) }
      pid = try start(program, arguments, as: user, output: ends[1])
    }
    let output = String(decoding: readToEnd(ends[0]), as: UTF8.self)
    var status: Int32 = -1
    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    return (status, output)
  }

  /// Reaps it if so. A child that somebody else reaped has exited too.
  static func hasExited(_ pid: pid_t) -> Bool { waitpid(pid, nil, WNOHANG) != 0 }

  private static func start(
    _ program: String, _ arguments: [String], as user: SystemUser, output: Int32
  ) throws -> pid_t {
    if user.id != geteuid() {
      let setpriv = [
        "--reuid=\(user.id)", "--regid=\(user.group)", "--init-groups", "--inh-caps=-all",
        "--no-new-privs", "--", program,
      ]
      return try start(
        "/usr/bin/setpriv", setpriv + arguments, as: .current(), output: output)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
    posix_spawn_file_actions_addchdir_np(&actions, "/")

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSID))

    var pid: pid_t = 0
    let code = withCStrings([program] + arguments) { words in
      withCStrings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"]) {
        posix_spawn(&pid, program, &actions, &attributes, words, $0)
      }
    }
    guard code == 0 else {
      throw EmbeddedPostgreSQLError.system("start", path: program, errno: code)
    }
    return pid
  }

  /// The texts as C wants them, ended by NULL, for as long as `body` runs.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
  }
}
