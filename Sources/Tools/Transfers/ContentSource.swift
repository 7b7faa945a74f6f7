import Glibc

/// What is sent, from memory or from a file.
struct ContentSource {
  private enum Kind {
    case bytes([UInt8])
    case file(OwnedDescriptor)
  }
  private let kind: Kind
  private var offset = 0
  let size: Int

  init(_ content: TransferPlan.Content) throws(TransferFailure) {
    switch content {
    case .bytes(let bytes):
      kind = .bytes(bytes)
      size = bytes.count
    case .file(let path):
      let file = try OwnedDescriptor(path: path, flags: O_RDONLY)
      kind = .file(file)
      size = try file.size()
    }
  }

  var isAtEnd: Bool { offset >= size }

  /// - Returns: 0 at the end, nil with `errno` when the file cannot be read.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let count = min(buffer.count, size - offset)
    guard count > 0 else { return 0 }
    switch kind {
    case .bytes(let bytes): buffer.copyBytes(from: bytes[offset..<offset + count])
    case .file(let file):
      guard pread(file.number, buffer.baseAddress, count, offset) == count else { return nil }
    }
    offset += count
    return count
  }

  mutating func seek(to offset: Int) -> Bool {
    guard (0...size).contains(offset) else { return false }
    self.offset = offset
    return true
  }
}

/// Where an answer's body goes.
struct AnswerSink {
  private let destination: TransferPlan.Destination
  private let maximumBytes: Int
  private var file: OwnedDescriptor?
  private(set) var bytes: [UInt8] = []
  private(set) var size = 0

  init(_ destination: TransferPlan.Destination, maximumBytes: Int) {
    self.destination = destination
    self.maximumBytes = maximumBytes
  }

  mutating func append(_ more: UnsafeRawBufferPointer, isSuccess: Bool) throws(TransferFailure) {
    guard more.count <= maximumBytes - size else { throw .answerTooLarge }
    size += more.count
    guard isSuccess, let file = try openedFile() else { return bytes.append(contentsOf: more) }
    try file.write(more)
  }

  /// - Returns: What went wrong at the last moment.
  mutating func close(isSuccess: Bool) -> TransferFailure? {
    guard isSuccess else { return nil }
    do throws(TransferFailure) {
      // An empty body makes an empty file.
      _ = try openedFile()
      return nil
    } catch {
      return error
    }
  }

  func discard() {
    if file != nil, case .file(let path) = destination { unlink(path) }
  }

  private mutating func openedFile() throws(TransferFailure) -> OwnedDescriptor? {
    guard file == nil, case .file(let path) = destination else { return file }
    file = try OwnedDescriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    return file
  }
}

final class OwnedDescriptor {
  let number: Int32

  init(path: String, flags: Int32) throws(TransferFailure) {
    number = open(path, flags | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw .file(errno: errno) }
  }

  deinit { close(number) }

  func size() throws(TransferFailure) -> Int {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .file(errno: errno) }
    return Int(status.st_size)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(TransferFailure) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(number, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .file(errno: errno) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}
