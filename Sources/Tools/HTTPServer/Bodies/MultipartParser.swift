import Fields

#if canImport(Glibc)
  import Glibc
#endif

/// `multipart/form-data`, RFC 7578, read while it comes in: fields are kept, files go to disk.
final class MultipartParser {
  static let maximumPartHeaderBytes = 8 << 10
  /// RFC 2046 section 5.1.1.
  static let maximumBoundaryLength = 70

  let files: TemporaryFiles
  private let limits: UploadLimits
  /// What ends a part: line break, two hyphens, boundary.
  private let delimiter: [UInt8]
  private let endOfHeader = Array("\r\n\r\n".utf8)
  /// Not yet taken. Starts with a line break, so that the first boundary looks like the others.
  private var pending = Array("\r\n".utf8)
  private var state = State.content(.preamble)
  private var members: [InputValue.Member] = []
  private var parts = 0

  private enum State {
    case content(Part)
    case afterDelimiter
    case header
    case epilogue
  }

  private enum Part {
    /// Before the first boundary; read by nobody.
    case preamble
    case field(name: String, bytes: [UInt8])
    case file(name: String, TemporaryFile, fileName: String, contentType: String)
  }

  init?(boundary: String, limits: UploadLimits, files: TemporaryFiles) {
    let bytes = Array(boundary.utf8)
    guard (1...MultipartParser.maximumBoundaryLength).contains(bytes.count),
      bytes.allSatisfy({ !$0.isControl && $0 < 0x80 })
    else { return nil }
    delimiter = Array("\r\n--".utf8) + bytes
    self.limits = limits
    self.files = files
  }

  func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
    pending.append(contentsOf: bytes)
    while try advance() {}
  }

  /// - Throws: When the closing boundary never came.
  func finish() throws(HTTPError) -> InputValue {
    guard case .epilogue = state else { throw .malformedBody }
    return .form(members)
  }

  /// - Returns: Whether there is more to do with what is here.
  private func advance() throws(HTTPError) -> Bool {
    switch state {
    case .content(let part): return try content(of: part)
    case .afterDelimiter: return try afterDelimiter()
    case .header: return try header()
    case .epilogue:
      pending.removeAll()
      return false
    }
  }

  // MARK: Content

  private func content(of part: Part) throws(HTTPError) -> Bool {
    if let start = pending.firstIndex(of: delimiter) {
      // The part leaves the state first, so that its bytes are appended to and not copied.
      state = .afterDelimiter
      try close(try append(pending[..<start], to: part))
      pending.removeFirst(start + delimiter.count)
      return true
    }
    // The last bytes may be the beginning of a delimiter.
    let sure = max(0, pending.count - delimiter.count + 1)
    state = .afterDelimiter
    state = .content(try append(pending[..<sure], to: part))
    pending.removeFirst(sure)
    return false
  }

  private func append(_ bytes: ArraySlice<UInt8>, to part: consuming Part) throws(HTTPError) -> Part
  {
    switch consume part {
    case .preamble: return .preamble
    case .field(let name, var collected):
      collected.append(contentsOf: bytes)
      guard collected.count <= limits.maximumFieldBytes else { throw .bodyTooLarge }
      return .field(name: name, bytes: collected)
    case .file(let name, let file, let fileName, let contentType):
      guard file.count + bytes.count <= limits.maximumFileBytes else { throw .bodyTooLarge }
      guard file.append(bytes) else { throw .insufficientStorage }
      return .file(name: name, file, fileName: fileName, contentType: contentType)
    }
  }

  private func close(_ part: Part) throws(HTTPError) {
    switch part {
    case .preamble: break
    case .field(let name, let bytes):
      guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
        throw .malformedBody
      }
      members.append(InputValue.Member(name, .string(text)))
    case .file(let name, let file, let fileName, let contentType):
      file.finish()
      // What a browser sends for a file input that was left empty.
      if fileName.isEmpty, file.count == 0 { return }
      let uploaded = UploadedFile(
        name: fileName, contentType: contentType, path: file.path, sizeInBytes: file.count)
      members.append(InputValue.Member(name, .file(uploaded)))
    }
  }

  // MARK: Between parts

  private func afterDelimiter() throws(HTTPError) -> Bool {
    guard pending.count >= 2 else { return false }
    switch (pending[0], pending[1]) {
    case (ASCII.hyphen, ASCII.hyphen): state = .epilogue
    case (ASCII.carriageReturn, ASCII.lineFeed): state = .header
    default: throw .malformedBody
    }
    pending.removeFirst(2)
    return true
  }

  private func header() throws(HTTPError) -> Bool {
    guard let end = pending.firstIndex(of: endOfHeader) else {
      // All but the last byte of its end may be here.
      guard pending.count < MultipartParser.maximumPartHeaderBytes + endOfHeader.count else {
        throw .headerFieldsTooLarge
      }
      return false
    }
    guard end <= MultipartParser.maximumPartHeaderBytes else { throw .headerFieldsTooLarge }
    parts += 1
    guard parts <= limits.maximumParts else { throw .bodyTooLarge }
    state = .content(try begin(pending[..<end]))
    // The empty line is the first half of what may follow at once: a delimiter.
    pending.removeFirst(end + 2)
    pending.removeFirst(2)
    return true
  }

  private func begin(_ header: ArraySlice<UInt8>) throws(HTTPError) -> Part {
    var disposition: [String: String]?
    var contentType = "text/plain"
    for line in header.split(separator: ASCII.lineFeed) {
      guard let colon = line.firstIndex(of: ASCII.colon) else { throw .malformedBody }
      let name = line[..<colon]
      var value = line[(colon + 1)...]
      if value.last == ASCII.carriageReturn { value = value.dropLast() }
      guard !value.contains(where: { $0.isControl && $0 != ASCII.tab }) else {
        throw .malformedBody
      }
      if name.equalsIgnoringCase("content-disposition") {
        disposition = try MultipartParser.disposition(value.trimmed)
      } else if name.equalsIgnoringCase("content-type") {
        contentType = String(decoding: value.trimmed, as: UTF8.self)
      }
    }
    guard let disposition, let name = disposition["name"] else { throw .malformedBody }
    guard let fileName = disposition["filename"] else { return .field(name: name, bytes: []) }
    guard let file = files.create() else { throw .insufficientStorage }
    return .file(name: name, file, fileName: fileName, contentType: contentType)
  }

  private static func disposition(
    _ field: ArraySlice<UInt8>
  ) throws(HTTPError) -> [String: String] {
    let parts = HeaderParameters.split(field)
    guard parts[0].equalsIgnoringCase("form-data") else { throw .malformedBody }
    var parameters: [String: String] = [:]
    for part in parts.dropFirst() {
      guard let (name, value) = HeaderParameters.pair(part),
        parameters.updateValue(value, forKey: name) == nil
      else { throw .malformedBody }
    }
    return parameters
  }
}

extension [UInt8] {
  /// Where another run of bytes, which starts with a carriage return, begins in this one.
  fileprivate func firstIndex(of other: [UInt8]) -> Int? {
    withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return nil }
      var at = 0
      while at + other.count <= bytes.count {
        let span = bytes.count - other.count + 1 - at
        guard let found = memchr(start + at, Int32(ASCII.carriageReturn), span) else { return nil }
        at = UnsafeRawPointer(found) - start
        if memcmp(found, other, other.count) == 0 { return at }
        at += 1
      }
      return nil
    }
  }
}
