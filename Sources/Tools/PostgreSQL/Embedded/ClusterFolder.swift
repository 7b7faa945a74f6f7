import FoundationEssentials
import Glibc

/// Where a cluster lives. Everything PostgreSQL writes belongs to its user; the folder around it and
/// the configuration belong to the starter, so that root never writes where another user could have
/// left a link.
///
///     DATA/postgresql/            the starter's
///       data/  log/  socket/      the server user's
///       configuration/  start.log  lock
struct ClusterFolder: Sendable {
  let root: String
  /// As whom the server runs: its cluster's owner, else the starter, else (started by root) `postgres`.
  let user: SystemUser
  /// The folder of the socket. A socket's address has room for 107 bytes, so a deep data folder gets
  /// one elsewhere, named after it.
  let socket: String

  var data: String { "\(root)/data" }
  var log: String { "\(root)/log" }
  var configuration: String { "\(root)/configuration" }
  var lockFile: String { "\(root)/lock" }
  var startLog: String { "\(root)/start.log" }

  /// Makes nothing: `create` does.
  init(dataFolder: String) throws {
    let path = try resolvedPath(dataFolder)
    root = "\(path)/postgresql"
    user = try Self.serverUser(of: "\(path)/postgresql/data")
    socket = Self.socketFolder(for: root)
  }

  /// Of the cluster that is there; nil when there is none.
  var majorVersion: Int? {
    readTextFile("\(data)/PG_VERSION").flatMap { Int($0.prefix(while: \.isNumber)) }
  }

  func create() throws {
    let starter = try SystemUser.current()
    try FileManager.default.createDirectory(
      atPath: String(root.dropLast("/postgresql".count)), withIntermediateDirectories: true)
    try makeFolder(root, mode: 0o711, owner: starter)
    try makeFolder(configuration, mode: 0o755, owner: starter)
    try makeFolder(log, mode: 0o700, owner: user)
    try makeFolder(socket, mode: 0o700, owner: user)
    if user != starter {
      let entered = try SystemProgram.run("/usr/bin/test", ["-x", root], as: user)
      guard entered.succeeded else {
        throw EmbeddedPostgreSQLError.cannotEnter(path: root, user: user.name)
      }
    }
  }

  func makeHalfMadeFolder() throws -> String {
    var template = Array("\(data).new.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw EmbeddedPostgreSQLError.system("make a folder in", root, errno: errno)
    }
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    try checked("give away", path, chown(path, user.id, user.group))
    return path
  }

  func adopt(_ halfMade: String) throws {
    try checked("rename", halfMade, rename(halfMade, data))
    let folder = open(root, O_RDONLY | O_CLOEXEC)
    defer { close(folder) }
    try checked("write to disk", root, fsync(folder))
  }

  /// What a start that was killed inside initdb left. An initdb that has not noticed yet may still be
  /// writing there; what it leaves then goes at the next start.
  func removeHalfMadeClusters() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: root)
    where name.hasPrefix("data.new.") {
      try? FileManager.default.removeItem(atPath: "\(root)/\(name)")
    }
  }

  /// - Returns: Whether the file's text changed.
  func write(_ text: String, toConfiguration name: String) throws -> Bool {
    let path = "\(configuration)/\(name)"
    guard readTextFile(path) != text else { return false }
    let file = open("\(path).new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    try checked("open", path, file)
    defer { close(file) }
    try checked("write", path, Glibc.write(file, text, text.utf8.count))
    try checked("open to the server", path, fchmod(file, 0o644))
    try checked("rename", path, rename("\(path).new", path))
    return true
  }

  /// Leaves nothing outside the data folder. One that a server still uses is not empty, and stays.
  func removeSocketFolderElsewhere() {
    if !socket.hasPrefix(root) { rmdir(socket) }
  }

  func startLogTail() -> String {
    (readTextFile(startLog) ?? "").split(separator: "\n").suffix(5).joined(separator: " ")
  }

  private static func serverUser(of data: String) throws -> SystemUser {
    var status = stat()
    if stat(data, &status) == 0 {
      guard geteuid() == 0 || status.st_uid == geteuid() else {
        throw EmbeddedPostgreSQLError.ownedBySomebodyElse(
          path: data, owner: status.st_uid, expected: try SystemUser.current().name)
      }
      return try SystemUser.find(id: status.st_uid)
    }
    guard geteuid() == 0 else { return try SystemUser.current() }
    guard let user = SystemUser.find(name: "postgres") else {
      throw EmbeddedPostgreSQLError.noUnprivilegedUser
    }
    return user
  }

  static func socketFolder(for root: String) -> String {
    let usual = "\(root)/socket"
    if "\(usual)/.s.PGSQL.5432".utf8.count <= 107 { return usual }
    // FNV-1a: the same folder has the same name at every start.
    let hash = root.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return "/tmp/martlet-\(geteuid())-\(String(hash, radix: 16))"
  }

  /// Takes a folder that is there only if it is a real one and its owner's: in /tmp anybody could have
  /// made it first.
  private func makeFolder(_ path: String, mode: mode_t, owner: SystemUser) throws {
    let isNew = mkdir(path, mode) == 0
    guard isNew || errno == EEXIST else {
      throw EmbeddedPostgreSQLError.system("make", path, errno: errno)
    }
    var status = stat()
    try checked("look at", path, lstat(path, &status))
    guard status.st_mode & S_IFMT == S_IFDIR,
      status.st_uid == owner.id || status.st_uid == geteuid()
    else {
      throw EmbeddedPostgreSQLError.ownedBySomebodyElse(
        path: path, owner: status.st_uid, expected: owner.name)
    }
    if status.st_uid != owner.id {
      try checked("give away", path, chown(path, owner.id, owner.group))
    }
    if status.st_mode & 0o777 != mode { try checked("set the mode of", path, chmod(path, mode)) }
  }
}
