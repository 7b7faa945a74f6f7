package import Fields
package import IPAddresses

/// One request as a handler sees it: checked, whole, and a plain value.
package struct Request: Sendable {
  package let head: RequestHead
  package let body: RequestBody
  /// Which route answers; nil when none was found, as an error's renderer may see.
  package let route: Route?
  /// Where the route's parameters lie in the path, in the route's order.
  let parameters: PathParameters
  package let host: HostMatch

  init(
    head: RequestHead, body: RequestBody = .none, route: Route? = nil,
    parameters: PathParameters = PathParameters(), host: HostMatch = .other
  ) {
    self.head = head
    self.body = body
    self.route = route
    self.parameters = parameters
    self.host = host
  }

  func with(body: RequestBody) -> Request {
    Request(head: head, body: body, route: route, parameters: parameters, host: host)
  }

  package var method: HTTPMethod { head.method }

  /// The client's `X-Request-Id` when it was sane, otherwise ours: at most 64 characters.
  package var id: String { head.text(head.identifier) }

  /// Percent-decoded, with its leading slash, without the query.
  package var path: String { head.text(head.decodedPath) }

  /// As on the request line, undecoded.
  package var target: String { head.text(head.target) }

  /// The first field of that name.
  /// - Parameter name: In lower case.
  package func header(_ name: StaticString) -> String? { head.field(name).map(head.text) }

  /// As `header`, without making text of it.
  package func headerBytes(_ name: StaticString) -> ArraySlice<UInt8>? {
    head.field(name).map { head.storage[$0] }
  }

  /// Every field of that name, in the order sent.
  package func headers(_ name: StaticString) -> [String] { head.allFields(name).map(head.text) }

  /// `https` when a trusted proxy says so, otherwise `http`.
  package var scheme: String {
    guard head.peerIsTrusted, let told = headerBytes("x-forwarded-proto") else { return "http" }
    return told.equalsIgnoringCase("https") ? "https" : "http"
  }

  /// Host and port in lower case, as the client addressed them.
  package var authority: String { head.text(head.authority) }

  /// In lower case and without port. Empty when an HTTP/1.0 client named none.
  package var hostName: String {
    String(decoding: Authority.withoutPort(head.storage[head.authority]), as: UTF8.self)
  }

  /// Who asked. Proxies that we trust are passed over, from the nearest to the farthest; what an
  /// untrusted peer says about itself is not read.
  package var clientAddress: IPAddress {
    guard head.peerIsTrusted else { return head.peer }
    let hops = headers("x-forwarded-for").joined(separator: ",").split(separator: ",")
    var nearest = head.peer
    for hop in hops.reversed() {
      guard let address = IPAddress(hop.trimmingBlanks) else { break }
      nearest = address
      guard head.trustedProxies.contains(where: { $0.contains(address) }) else { break }
    }
    return nearest
  }

  /// The query's pairs in the order sent.
  package var query: InputValue {
    .form(FormParser.pairsOfCheckedQuery(head.storage[head.rawQuery]))
  }

  /// The first value of that name in the query.
  package func query(_ name: String) -> String? {
    for pair in FormParser.pairsOfCheckedQuery(head.storage[head.rawQuery]) where pair.name == name
    {
      if case .string(let value) = pair.value { return value }
    }
    return nil
  }

  /// The raw text of a path parameter, by its name in the route's path.
  package func parameter(_ name: String) -> String? {
    guard let index = route?.path.parameterNames.firstIndex(of: name) else { return nil }
    return head.text(parameters[index])
  }

  /// The value of the first cookie of that name. Bytes that are not UTF-8 make it nil.
  package func cookie(_ name: String) -> String? {
    for range in head.allFields("cookie") {
      if let value = CookieParser.value(of: name, in: head.storage[range]) { return value }
    }
    return nil
  }
}

extension StringProtocol {
  var trimmingBlanks: String { String(decoding: Array(utf8).trimmed, as: UTF8.self) }
}

/// What came with a request, as far as the server could read it.
package struct RequestBody: Sendable {
  /// The text as sent; empty for a multipart form, which is read while it comes.
  package let bytes: [UInt8]
  /// What JSON or a form says; nil without a body and for a kind that the route takes unread.
  package let input: InputValue?
  /// Keeps the uploads of a multipart form on disk as long as the request lives.
  private let uploads: TemporaryFiles?

  package static let none = RequestBody(bytes: [], input: nil)

  init(bytes: [UInt8], input: InputValue?, uploads: TemporaryFiles? = nil) {
    self.bytes = bytes
    self.input = input
    self.uploads = uploads
  }
}
