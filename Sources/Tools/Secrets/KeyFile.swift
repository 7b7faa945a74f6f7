import Glibc

/// The file that holds the root keys: lines of an id and a key in base64url, the current one last.
/// Changed only as a whole, so that whoever reads it while it changes sees one or the other.
package struct KeyFile: Sendable {
  package enum Failure: Error, Equatable, CustomStringConvertible {
    case missing(String)
    case open(String, mode: UInt32)
    case damaged(String, line: Int)
    case inUse(String)
    case system(String, String, errno: Int32)

    package var description: String {
      switch self {
      case .missing(let path): "\(path): there is no key file. Restore it from where you keep it."
      case .open(let path, let mode):
        "\(path) may be read by others (mode \(String(mode, radix: 8))). chmod 600 \(path), and own it."
      case .damaged(let path, let line): "\(path): line \(line) is no key. Restore the file."
      case .inUse(let path): "\(path): the keys are being rotated by another process."
      case .system(let what, let path, let code):
        "\(path): cannot \(what): \(String(cString: strerror(code)))."
      }
    }
  }

  package let path: String

  package init(path: String) { self.path = path }

  private static let head = """
    # The root keys of Martlet, the current one last. Whoever has this file and the database reads every
    # secret in it; without this file nobody does. Keep a copy, apart from the database's backups.
    # `martlet keys rotate` makes a new key and takes the old ones out.

    """

  package func load() throws(Failure) -> Keyring {
    var bytes = try read()
    defer { bytes.wipe() }
    var keys: [SecretKey] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty && line.first != UInt8(ascii: "#") {
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count == 2, let id = KeyID(String(decoding: words[0], as: UTF8.self)),
        var secret = Base64URL.decode(words[1]), let key = SecretKey(id: id, wiping: &secret)
      else { throw .damaged(path, line: index + 1) }
      keys.append(key)
    }
    guard let ring = Keyring(keys) else { throw .damaged(path, line: lines.count) }
    return ring
  }

  /// Makes a file with one new key where there is none. Of several who do so at once all get the same.
  package func loadOrMake() throws(Failure) -> Keyring {
    if access(path, F_OK) != 0, errno == ENOENT {
      let draft = try write([.random()])
      defer { unlink(draft) }
      // Unlike a rename this never replaces what another has just made.
      guard link(draft, path) == 0 || errno == EEXIST else {
        throw .system("make", path, errno: errno)
      }
      try syncFolder()
    }
    return try load()
  }

  /// - Parameter keys: At least one, the current one last.
  package func replace(with keys: [SecretKey]) throws(Failure) {
    let draft = try write(keys)
    // Whoever rotates as root leaves the file to the one who serves.
    var status = stat()
    if stat(path, &status) == 0, status.st_uid != geteuid() {
      guard chown(draft, status.st_uid, status.st_gid) == 0 else {
        let code = errno
        unlink(draft)
        throw .system("keep the owner of", path, errno: code)
      }
    }
    guard rename(draft, path) == 0 else {
      let code = errno
      unlink(draft)
      throw .system("replace", path, errno: code)
    }
    try syncFolder()
  }

  /// Keeps others from changing the file until the lock is let go, which the kernel does for a process
  /// that dies.
  package func lock() throws(Failure) -> Lock { try Lock(path: path) }

  package struct Lock: ~Copyable {
    private let file: Int32

    fileprivate init(path: String) throws(Failure) {
      // The folder, since the file itself is replaced under a lock.
      let folder = KeyFile.folder(of: path)
      file = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard file >= 0 else { throw .system("open", folder, errno: errno) }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        close(file)
        throw .inUse(path)
      }
    }

    deinit { close(file) }
  }

  /// - Returns: The path of a file beside ours, which only we can read.
  private func write(_ keys: [SecretKey]) throws(Failure) -> String {
    let draft = "\(path).\(KeyID.random())"
    let file = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw .system("write beside", path, errno: errno) }
    defer { close(file) }
    var text = Array(Self.head.utf8)
    defer { text.wipe() }
    for key in keys { text += key.lineInFile }
    guard Glibc.write(file, text, text.count) == text.count, fsync(file) == 0 else {
      let code = errno
      unlink(draft)
      throw .system("write", draft, errno: code)
    }
    return draft
  }

  private func read() throws(Failure) -> [UInt8] {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      if errno == ENOENT { throw .missing(path) }
      throw .system("read", path, errno: errno)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .system("look at", path, errno: errno) }
    let isOurs = [geteuid(), 0].contains(status.st_uid) || geteuid() == 0
    guard isOurs, status.st_mode & 0o077 == 0 else {
      throw .open(path, mode: status.st_mode & 0o777)
    }
    // Hundreds of keys; anything larger is another file.
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(file, &bytes, bytes.count)
    guard count >= 0 else { throw .system("read", path, errno: errno) }
    guard count < bytes.count else { throw .damaged(path, line: 1) }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  private func syncFolder() throws(Failure) {
    let folder = Self.folder(of: path)
    let file = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw .system("open", folder, errno: errno) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw .system("sync", folder, errno: errno) }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

extension SecretKey {
  fileprivate var lineInFile: [UInt8] {
    let secret = withBytes {
      Base64URL.encode(Array(UnsafeBufferPointer(start: $0, count: Self.byteCount)))
    }
    return Array("\(id) \(secret)\n".utf8)
  }
}
