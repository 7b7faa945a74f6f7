import Glibc

/// A server that runs on the cluster, as its `postmaster.pid` tells.
struct Postmaster {
  let pid: pid_t
  /// It accepts connections; false while it starts, recovers or shuts down.
  let isReady: Bool
}

extension ClusterFolder {
  private var pidFile: String { "\(data)/postmaster.pid" }

  /// Nil when no server runs on this cluster, whatever the file says.
  func postmaster() -> Postmaster? {
    guard let text = readTextFile(pidFile) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let pid = lines.first.flatMap({ pid_t($0) }), isOurs(pid) else { return nil }
    return Postmaster(pid: pid, isReady: lines.count > 7 && lines[7].hasPrefix("ready"))
  }

  /// After a power cut the number may belong to another program of the same user, or to a dead server
  /// that nobody reaps, and PostgreSQL would refuse to start. Any other stale file it judges itself.
  func removeMisleadingPIDFile() {
    guard let pid = pidInFile, !isOurs(pid), kill(pid, 0) == 0 else { return }
    unlink(pidFile)
  }

  private var pidInFile: pid_t? {
    readTextFile(pidFile).flatMap { pid_t($0.prefix(while: \.isNumber)) }
  }

  /// A postmaster's working folder is its data folder. That of a process that died is gone.
  private func isOurs(_ pid: pid_t) -> Bool {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes {
      readlink("/proc/\(pid)/cwd", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return count > 0 && String(decoding: buffer[..<count], as: UTF8.self) == data
  }
}
