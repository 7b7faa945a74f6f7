import Glibc
import Processes
import Synchronization

/// A private PostgreSQL of one data folder: made on first use, run as an unprivileged user in a
/// session of its own, reached only through a socket in a folder that nobody else can enter.
///
/// Every call blocks until it is done and may come from any thread. The server is no part of this
/// process: it outlives a killed starter, and the next `start()` takes it over.
package final class EmbeddedPostgreSQL: Sendable {
  /// The database superuser. Only the migrations of a private cluster log in with it.
  package static let superuser = "postgres"

  package let database: String
  private let folder: ClusterFolder
  private let binaries: ServerBinaries
  private let logins: [String]
  private let settings: [(name: String, value: String)]
  private let state = Mutex(State())

  private struct State: ~Copyable {
    var lock: FolderLock?
    /// The server this process started last, until it has been reaped.
    var child: ChildProcess?
    var failedStarts = 0
    var nextAttempt = ContinuousClock.now
  }

  /// Looks for the server's programs and decides whose user it runs as. Makes the data folder where
  /// there is none, and nothing in it.
  /// - Parameters:
  ///   - folder: The data folder; the cluster is its subfolder `postgresql`.
  ///   - logins: Database roles that the starter's user may log in as, beside `superuser`.
  ///   - settings: Added to `postgresql.conf`, over the defaults of `ServerSettings`.
  ///   - programs: Where `initdb` and `postgres` may be; nil searches Debian's places and PATH.
  package init(
    folder: String, database: String, logins: [String],
    settings: [(name: String, value: String)] = [], programs: [String]? = nil
  ) throws {
    self.folder = try ClusterFolder(dataFolder: folder)
    self.binaries = try ServerBinaries.find(
      major: self.folder.majorVersion, in: programs ?? ServerBinaries.usualFolders())
    self.database = database
    self.logins = logins
    self.settings = settings
  }

  /// Where programs such as `psql -h` find the server.
  package var socketFolder: String { folder.socket }

  /// A libpq connection string.
  /// - Parameter database: Another one of this server; nil is its own.
  package func connectionString(login: String, database: String? = nil) -> String {
    "host=\(quoted(folder.socket)) user=\(quoted(login)) dbname=\(quoted(database ?? self.database))"
  }

  /// Makes the cluster where there is none, takes over the server that runs or starts one, and returns
  /// when the database answers.
  /// - Parameter patience: For the whole start; recovery after a crash replays what was written since
  ///   the last checkpoint, and may take minutes.
  package func start(patience: Duration = .seconds(300)) throws {
    try state.withLock { state in
      try folder.create()
      if state.lock == nil { state.lock = try FolderLock(path: folder.lockFile) }
      try folder.removeHalfMadeClusters()
      if folder.majorVersion == nil { try makeCluster() }
      if try writeConfiguration(), let running = Postmaster(of: folder) {
        kill(running.pid, SIGHUP)
      }
      state.nextAttempt = .now
      state.failedStarts = 0
      try waitUntilReady(&state, until: .now + patience)
      try createDatabase()
    }
  }

  /// For a supervisor to call every moment: starts the server again when it has gone, without waiting.
  /// - Returns: True when it accepts connections, false while it starts, recovers or shuts down, and
  ///   before `start` and after `stop`.
  package func ensureRunning() throws -> Bool {
    try state.withLock { try $0.lock != nil && ensureRunning(&$0) }
  }

  /// A fast shutdown: open transactions roll back, a checkpoint is written, the next start is quick.
  /// A server that takes longer than `patience` is told to quit and recovers at the next start.
  package func stop(patience: Duration = .seconds(20)) {
    state.withLock { state in
      guard state.lock != nil else { return }
      for signal in [SIGINT, SIGQUIT] {
        guard let pid = Postmaster(of: folder)?.pid ?? state.child?.id else { break }
        kill(pid, signal)
        if waitForExit(&state, until: .now + patience) { break }
      }
      folder.removeSocketFolderElsewhere()
      state.lock = nil
    }
  }

  private func ensureRunning(_ state: inout State) throws -> Bool {
    // What the one that has just ended said is overwritten by the next, so it is looked at before.
    if hasEnded(&state) { return false }
    if let postmaster = Postmaster(of: folder) {
      if postmaster.isReady { state.failedStarts = 0 }
      return postmaster.isReady
    }
    guard state.child == nil, state.nextAttempt <= .now else { return false }
    Postmaster.removeMisleadingFile(of: folder)
    state.child = try SystemProgram.spawn(
      "\(binaries.folder)/postgres",
      ["-D", folder.data, "-c", "config_file=\(folder.configuration)/postgresql.conf"],
      as: folder.user, output: folder.startLog)
    // The backends of a killed server leave a moment after it, and until then no other may start.
    state.nextAttempt = .now + min(.milliseconds(100 * (1 + state.failedStarts)), .seconds(5))
    return false
  }

  /// Reaps it. True once for each that ended.
  private func hasEnded(_ state: inout State) -> Bool {
    // Also when somebody else has reaped it.
    guard let child = state.child, waitpid(child.id, nil, WNOHANG) != 0 else { return false }
    state.child = nil
    state.failedStarts += 1
    return true
  }

  private func waitUntilReady(_ state: inout State, until deadline: ContinuousClock.Instant) throws
  {
    while try !ensureRunning(&state) {
      let log = folder.startLogTail()
      let isFinal = state.failedStarts > 0 && !log.contains("shared memory block")
      guard !isFinal, ContinuousClock.now < deadline else {
        throw EmbeddedPostgreSQLError.didNotStart(log: log, logFolder: folder.log)
      }
      usleep(10_000)
    }
  }

  private func waitForExit(_ state: inout State, until deadline: ContinuousClock.Instant) -> Bool {
    while true {
      _ = hasEnded(&state)
      if state.child == nil, Postmaster(of: folder) == nil { return true }
      guard ContinuousClock.now < deadline else { return false }
      usleep(10_000)
    }
  }

  /// Made beside its place and then renamed, so that a cluster is whole or not there.
  private func makeCluster() throws {
    let half = try folder.makeHalfMadeFolder()
    let made = try SystemProgram.run(
      "\(binaries.folder)/initdb",
      [
        "--pgdata", half, "--username", Self.superuser, "--auth", "peer", "--data-checksums",
        "--encoding", "UTF8", "--lc-collate", "C", "--lc-ctype", "C.UTF-8", "--lc-messages", "C",
      ],
      as: folder.user)
    guard made.succeeded else { throw EmbeddedPostgreSQLError.clusterNotMade(made.output) }
    try folder.adopt(half)
  }

  /// - Returns: Whether anything changed.
  private func writeConfiguration() throws -> Bool {
    let server = ServerSettings(folder: folder, added: settings)
    let access = ServerAccess(
      systemUsers: [folder.user.name, try SystemUser.current().name],
      logins: [Self.superuser] + logins)
    let changes = try [
      folder.write(server.text, toConfiguration: "postgresql.conf"),
      folder.write(access.hostBased, toConfiguration: "pg_hba.conf"),
      folder.write(access.identities, toConfiguration: "pg_ident.conf"),
    ]
    return changes.contains(true)
  }

  private func createDatabase() throws {
    let maintenance = try BlockingConnection(
      connectionString(login: Self.superuser, database: "postgres"))
    let name = database.replacing("'", with: "''")
    if try maintenance.rows("SELECT FROM pg_database WHERE datname = '\(name)'") == 0 {
      _ = try maintenance.rows("CREATE DATABASE \"\(database.replacing("\"", with: "\"\""))\"")
    }
  }

  /// A value as libpq's connection strings want it.
  private func quoted(_ value: String) -> String {
    "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }
}
