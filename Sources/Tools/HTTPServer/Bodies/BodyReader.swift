import Fields

/// Takes a request's body as it comes in and reads it when it is whole.
final class BodyReader {
  private enum Target {
    case unread
    case json
    case form
    case multipart(MultipartParser)
  }

  private let target: Target
  private let maximumBytes: Int
  private var count = 0
  private var collected: [UInt8] = []

  /// - Parameter folder: Where uploads wait.
  /// - Throws: When the head already says that the route does not take the body.
  init(_ head: RequestHead, limits: RouteLimits, uploadFolder folder: String) throws(HTTPError) {
    if let encoding = head.field("content-encoding"),
      !head.storage[encoding].equalsIgnoringCase("identity")
    {
      throw .unsupportedEncoding
    }
    target = try BodyReader.target(head, limits, folder)
    maximumBytes = limits.maximumBodyBytes
    guard let declared = head.declaredBodyBytes else { return }
    guard declared <= maximumBytes else { throw .bodyTooLarge }
    // No more at once than a client has to send before it fills up.
    if case .multipart = target { return }
    collected.reserveCapacity(min(declared, 64 << 10))
  }

  private static func target(
    _ head: RequestHead, _ limits: RouteLimits, _ folder: String
  ) throws(HTTPError) -> Target {
    let type = head.field("content-type").map { MediaType(head.storage[$0]) }
    if let type, type.isUTF8 {
      if type.isJSON, limits.accepts.contains(.json) { return .json }
      if type.name == "application/x-www-form-urlencoded", limits.accepts.contains(.form) {
        return .form
      }
      if type.name == "multipart/form-data", limits.accepts.contains(.multipart) {
        guard let boundary = type.parameters["boundary"],
          let parser = MultipartParser(
            boundary: boundary, limits: limits.uploads, files: TemporaryFiles(in: folder))
        else { throw .malformedBody }
        return .multipart(parser)
      }
    }
    guard limits.accepts.contains(.bytes) else { throw .unsupportedMediaType }
    return .unread
  }

  func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPError) {
    count += bytes.count
    guard count <= maximumBytes else { throw .bodyTooLarge }
    if case .multipart(let parser) = target {
      try parser.receive(bytes)
    } else {
      collected.append(contentsOf: bytes)
    }
  }

  func finish() throws(HTTPError) -> RequestBody {
    switch target {
    case .unread: return RequestBody(bytes: collected, input: nil)
    case .json: return RequestBody(bytes: collected, input: try JSONParser.parse(collected))
    case .form: return RequestBody(bytes: collected, input: try FormParser.parse(collected))
    case .multipart(let parser):
      return RequestBody(bytes: [], input: try parser.finish(), uploads: parser.files)
    }
  }
}

/// A `Content-Type` field: `multipart/form-data; boundary=x`.
struct MediaType {
  /// In lower case.
  let name: String
  /// Names in lower case.
  let parameters: [String: String]

  init(_ field: ArraySlice<UInt8>) {
    var parts = HeaderParameters.split(field)[...]
    name = String(decoding: (parts.popFirst() ?? []).map(\.lowercased), as: UTF8.self)
    parameters = Dictionary(
      parts.compactMap(HeaderParameters.pair), uniquingKeysWith: { first, _ in first })
  }

  var isJSON: Bool { name == "application/json" || name.hasSuffix("+json") }

  var isUTF8: Bool { parameters["charset"].map { $0.lowercased() == "utf-8" } ?? true }
}

/// Values with parameters, `value; name=token; name="quoted"`, RFC 9110 section 5.6.6.
enum HeaderParameters {
  /// At semicolons outside quotes.
  static func split(_ field: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = field.startIndex
    var isQuoted = false
    var isEscaped = false
    for (index, byte) in zip(field.indices, field) {
      if isEscaped {
        isEscaped = false
      } else if isQuoted, byte == ASCII.backslash {
        isEscaped = true
      } else if byte == ASCII.quote {
        isQuoted.toggle()
      } else if byte == ASCII.semicolon, !isQuoted {
        parts.append(field[start..<index].trimmed)
        start = index + 1
      }
    }
    parts.append(field[start...].trimmed)
    return parts
  }

  /// - Returns: The name in lower case and the value without its quotes; nil without `=` and for
  ///   bytes that are not UTF-8.
  static func pair(_ part: ArraySlice<UInt8>) -> (String, String)? {
    guard let equals = part.firstIndex(of: ASCII.equals) else { return nil }
    let name = String(decoding: part[..<equals].trimmed.map(\.lowercased), as: UTF8.self)
    let value = part[(equals + 1)...].trimmed
    return String(validating: unquoted(value), as: UTF8.self).map { (name, $0) }
  }

  private static func unquoted(_ value: ArraySlice<UInt8>) -> [UInt8] {
    guard value.count >= 2, value.first == ASCII.quote, value.last == ASCII.quote else {
      return Array(value)
    }
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in value.dropFirst().dropLast() {
      if byte == ASCII.backslash, !isEscaped {
        isEscaped = true
        continue
      }
      bytes.append(byte)
      isEscaped = false
    }
    return bytes
  }
}
