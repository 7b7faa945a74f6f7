import FoundationEssentials
import Glibc
import Secrets

/// An open file of ours; closed with its last reference. All calls block.
final class File {
  static let pieceSize = 256 * 1_024
  let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  static func open(_ path: String, _ flags: Int32) throws(StorageError) -> File {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw errno == ENOENT ? .notFound : .failed("open") }
    return File(descriptor: descriptor)
  }

  func status() throws(StorageError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .failed("fstat") }
    return status
  }

  /// - Returns: Fewer bytes only at the end of the file.
  func read(at offset: Int, count: Int) throws(StorageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let found = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + filled, count - filled, offset + filled)
      }
      if found < 0 && errno == EINTR { continue }
      guard found >= 0 else { throw .failed("pread") }
      if found == 0 { break }
      filled += found
    }
    return Array(bytes[..<filled])
  }

  func write(_ bytes: some Collection<UInt8>, at offset: Int) throws(StorageError) {
    let bytes = Array(bytes)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + written, bytes.count - written, offset + written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .failed("pwrite") }
      written += count
    }
  }

  func flush() throws(StorageError) {
    guard fsync(descriptor) == 0 else { throw .failed("fsync") }
  }

  /// Calls `body` with one piece after another, from `start` to the end.
  func eachPiece(
    from start: Int = 0, _ body: (ArraySlice<UInt8>, _ offset: Int) throws(StorageError) -> Void
  ) throws(StorageError) {
    var offset = start
    while true {
      let piece = try read(at: offset, count: Self.pieceSize)
      if !piece.isEmpty { try body(piece[...], offset - start) }
      offset += piece.count
      if piece.count < Self.pieceSize { return }
    }
  }
}

extension StorageError {
  /// A system call that has just failed.
  static func failed(_ call: String) -> StorageError { .disk(call: call, errno: errno) }
}
