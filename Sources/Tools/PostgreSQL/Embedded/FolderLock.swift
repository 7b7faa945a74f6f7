import Glibc

/// One starter per folder. The kernel lets go of it when the process ends, however it ends.
struct FolderLock: ~Copyable {
  private let file: Int32

  init(path: String) throws(EmbeddedPostgreSQLError) {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    try checked("open", path, file)
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(file)
      guard code == EWOULDBLOCK else { throw .system("lock", path, errno: code) }
      let holder = readTextFile(path)?.split(separator: "\n").first.map(String.init)
      throw .inUse(folder: path, by: holder ?? "unknown")
    }
    ftruncate(file, 0)
    let text = "\(getpid())\n"
    pwrite(file, text, text.utf8.count, 0)
    self.file = file
  }

  deinit { close(file) }
}
