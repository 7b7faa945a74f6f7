import Glibc

func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }

/// - Throws: `EmbeddedPostgreSQLError.system` with errno when the call answered -1.
@discardableResult
func checked<Result: SignedInteger>(
  _ what: String, _ path: String, _ result: Result
) throws(EmbeddedPostgreSQLError) -> Result {
  guard result != -1 else { throw .system(what, path, errno: errno) }
  return result
}

package struct SystemUser: Sendable, Equatable {
  let id: uid_t
  let group: gid_t
  let name: String

  package static func current() throws(EmbeddedPostgreSQLError) -> SystemUser {
    try find(id: geteuid())
  }

  static func find(id: uid_t) throws(EmbeddedPostgreSQLError) -> SystemUser {
    guard let entry = getpwuid(id) else { throw .system("find user", "\(id)", errno: ENOENT) }
    return SystemUser(entry.pointee)
  }

  static func find(name: String) -> SystemUser? { getpwnam(name).map { SystemUser($0.pointee) } }

  private init(_ entry: passwd) {
    id = entry.pw_uid
    group = entry.pw_gid
    name = String(cString: entry.pw_name)
  }
}

/// The text of a small file, nil when it cannot be read.
func readTextFile(_ path: String) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  return String(decoding: readToEnd(file), as: UTF8.self)
}

func readToEnd(_ file: Int32) -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = read(file, &buffer, buffer.count)
    if count > 0 {
      bytes += buffer[..<count]
    } else if count == 0 || errno != EINTR {
      return bytes
    }
  }
}

/// From the root and without links, as far as the path is there; the rest of it as given.
func resolvedPath(_ path: String) throws(EmbeddedPostgreSQLError) -> String {
  if let resolved = realpath(path, nil) {
    defer { free(resolved) }
    return String(cString: resolved)
  }
  let parts = path.split(separator: "/")
  guard errno == ENOENT, let last = parts.last, last != ".." else {
    throw .system("open", path, errno: errno)
  }
  let parent = parts.dropLast().joined(separator: "/")
  let folder = try resolvedPath(path.hasPrefix("/") ? "/\(parent)" : "./\(parent)")
  return folder == "/" ? "/\(last)" : "\(folder)/\(last)"
}
