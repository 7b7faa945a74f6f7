import Glibc

/// A server that runs on a cluster, as the cluster's `postmaster.pid` tells.
struct Postmaster {
  let pid: pid_t
  /// It accepts connections; false while it starts, recovers or shuts down.
  let isReady: Bool

  /// Nil when no server runs there, whatever the file says.
  init?(of folder: ClusterFolder) {
    guard let text = readTextFile(Self.file(of: folder)) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let pid = lines.first.flatMap({ pid_t($0) }), Self.runs(pid, on: folder) else {
      return nil
    }
    self.pid = pid
    isReady = lines.count > 7 && lines[7].hasPrefix("ready")
  }

  /// After a power cut the number may belong to another program of the same user, or to a dead server
  /// that nobody reaps, and PostgreSQL would refuse to start. Any other stale file it judges itself.
  static func removeMisleadingFile(of folder: ClusterFolder) {
    let text = readTextFile(file(of: folder)) ?? ""
    guard let pid = pid_t(text.prefix(while: \.isNumber)), !runs(pid, on: folder),
      kill(pid, 0) == 0
    else { return }
    unlink(file(of: folder))
  }

  private static func file(of folder: ClusterFolder) -> String { "\(folder.data)/postmaster.pid" }

  /// A postmaster's working folder is its data folder. That of a process that died is gone.
  private static func runs(_ pid: pid_t, on folder: ClusterFolder) -> Bool {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count)
    guard count > 0 else { return false }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      == folder.data
  }
}
