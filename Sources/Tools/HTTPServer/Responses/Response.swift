/// An answer. Everything that depends on the request (conditional answers, ranges, compression,
/// HEAD) is done for it by the server.
package struct Response: Sendable {
  package var status: Int
  package var headers: HeaderList
  package var body: ResponseBody
  /// Quoted. The server answers 304 to whoever has it already.
  package var entityTag: String?
  /// Whether a text may be sent in gzip.
  package var mayBeCompressed = true

  package init(
    status: Int = 200, headers: HeaderList = HeaderList(), body: ResponseBody = .none
  ) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Text that was made for this answer.
  package static func text(
    _ text: String, type: String = "text/plain; charset=utf-8", status: Int = 200
  ) -> Response {
    .bytes(ResponseBytes(text), type: type, status: status)
  }

  package static func html(_ text: String, status: Int = 200) -> Response {
    .bytes(ResponseBytes(text), type: "text/html; charset=utf-8", status: status)
  }

  package static func json(_ text: String, status: Int = 200) -> Response {
    .bytes(ResponseBytes(text), type: "application/json", status: status)
  }

  /// Bytes that may be shared with other answers.
  package static func bytes(_ bytes: ResponseBytes, type: String, status: Int = 200) -> Response {
    Response(status: status, headers: ["Content-Type": type], body: .bytes(bytes))
  }

  /// - Parameter status: 303 sends a form's client on to look; 307 and 308 repeat the method.
  package static func redirect(to location: String, status: Int = 303) -> Response {
    Response(status: status, headers: ["Location": location])
  }

  /// A file on disk, with its date for conditional requests; ranges are answered.
  /// - Throws: `HTTPError.notFound` when it cannot be opened or is no regular file.
  package static func file(at path: String, type: String) throws(HTTPError) -> Response {
    let file = try OpenFile(path)
    return Response(
      headers: [
        "Content-Type": type, "Last-Modified": HTTPDate.text(file.modifiedAt),
        "Accept-Ranges": "bytes",
      ], body: .file(file))
  }

  /// Bytes sent as they are made. The task of `produce` is cancelled when the client leaves.
  package static func stream(
    type: String, _ produce: @escaping @Sendable (ResponseWriter) async throws -> Void
  ) -> Response {
    Response(
      headers: ["Content-Type": type], body: .stream(ResponseStream(heartbeat: nil, produce)))
  }

  /// Server-sent events, with a comment whenever nothing was sent for `heartbeat`, so that a
  /// client that left without a word is noticed.
  package static func events<Events: AsyncSequence & Sendable>(
    _ events: Events, heartbeat: Duration = .seconds(15)
  ) -> Response where Events.Element == ServerSentEvent {
    let stream = ResponseStream(heartbeat: heartbeat) { writer in
      for try await event in events { try await writer.write(event.bytes) }
    }
    return Response(
      headers: [
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
      ], body: .stream(stream))
  }

  /// With a validator made of the content.
  package func tagged() -> Response {
    guard case .bytes(let bytes) = body else { return self }
    var response = self
    response.entityTag = bytes.entityTag
    return response
  }

  package mutating func set(_ cookie: SetCookie) {
    headers.append("Set-Cookie", cookie.headerValue)
  }
}

package enum ResponseBody: Sendable {
  case none
  case bytes(ResponseBytes)
  case file(OpenFile)
  /// A part of a file, as `Range` asked.
  case filePart(OpenFile, Range<Int>)
  case stream(ResponseStream)

  /// Nil when only sending it will tell.
  var count: Int? {
    switch self {
    case .none: 0
    case .bytes(let bytes): bytes.count
    case .file(let file): file.count
    case .filePart(_, let range): range.count
    case .stream: nil
    }
  }
}
