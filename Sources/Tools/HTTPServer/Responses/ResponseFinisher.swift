/// Makes of a handler's answer the answer to this request: not modified, a part, compressed.
enum ResponseFinisher {
  static func finish(_ response: Response, for request: Request) -> Response {
    var response = response
    if let tag = response.entityTag { response.headers.set("ETag", tag) }
    guard response.status == 200, request.method == .get || request.method == .head else {
      return compressed(response, for: request)
    }
    let isCompressible = canBeCompressed(response)
    if isCompressible { response.headers.append("Vary", "Accept-Encoding") }
    if isNotModified(response, request) { return notModified(response) }
    if case .file(let file) = response.body { return ranged(response, file, request) }
    return isCompressible ? gzipped(response, request) : response
  }

  private static func compressed(_ response: Response, for request: Request) -> Response {
    guard canBeCompressed(response) else { return response }
    var response = response
    response.headers.append("Vary", "Accept-Encoding")
    return gzipped(response, request)
  }

  // MARK: Conditional requests

  /// `If-None-Match` decides alone where it is given.
  private static func isNotModified(_ response: Response, _ request: Request) -> Bool {
    if let tags = request.headerBytes("if-none-match") {
      guard let tag = response.entityTag else { return false }
      return EntityTag.list(tags, names: tag)
        || EntityTag.list(tags, names: EntityTag.suffixed(tag, "gzip"))
    }
    guard case .file(let file) = response.body,
      let since = request.header("if-modified-since").flatMap(HTTPDate.seconds)
    else { return false }
    return file.modifiedAt <= since
  }

  private static func notModified(_ response: Response) -> Response {
    var response = response
    response.status = 304
    response.body = .none
    response.headers.remove("Content-Type")
    return response
  }

  // MARK: Ranges

  private static func ranged(
    _ response: Response, _ file: OpenFile, _ request: Request
  ) -> Response {
    guard let field = request.headerBytes("range"), rangeIsCurrent(response, file, request) else {
      return response
    }
    var response = response
    switch ByteRange(field, of: file.count) {
    case .whole: return response
    case .part(let range):
      response.status = 206
      response.body = .filePart(file, range)
      response.headers.set(
        "Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.count)")
    case .unsatisfiable:
      response.status = 416
      response.body = .none
      response.headers.remove("Content-Type")
      response.headers.set("Content-Range", "bytes */\(file.count)")
    }
    return response
  }

  /// `If-Range` names what the client holds a part of; of anything else it wants the whole.
  private static func rangeIsCurrent(
    _ response: Response, _ file: OpenFile, _ request: Request
  ) -> Bool {
    guard let held = request.header("if-range") else { return true }
    if let tag = response.entityTag, held == tag { return true }
    return HTTPDate.seconds(held) == file.modifiedAt
  }

  // MARK: Compression

  private static func canBeCompressed(_ response: Response) -> Bool {
    guard response.mayBeCompressed, case .bytes(let bytes) = response.body,
      bytes.count >= Gzip.minimumBytes, !response.headers.contains("Content-Encoding")
    else { return false }
    return ContentType.isText(response.headers)
  }

  private static func gzipped(_ response: Response, _ request: Request) -> Response {
    guard let accepted = request.headerBytes("accept-encoding"), Gzip.isAccepted(accepted),
      case .bytes(let bytes) = response.body, let packed = bytes.gzipped
    else { return response }
    var response = response
    response.body = .bytes(packed)
    response.headers.append("Content-Encoding", "gzip")
    if let tag = response.entityTag {
      response.headers.set("ETag", EntityTag.suffixed(tag, "gzip"))
    }
    return response
  }
}
