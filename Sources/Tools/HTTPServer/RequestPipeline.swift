/// What happens to a request between transport and handler: route, limits, errors, finishing.
final class RequestPipeline: RequestReceiver {
  private let application: Application
  private let defaults: DefaultHeaders

  init(_ application: Application) {
    self.application = application
    defaults = DefaultHeaders(application.defaultHeaders)
  }

  // MARK: Before the handler

  func admit(_ head: RequestHead) -> Admission {
    let host = application.router.hostMatch(head)
    switch application.router.find(head, on: host) {
    case .route(let route, let parameters):
      let request = Request(head: head, route: route, parameters: parameters, host: host)
      return admit(request, to: route)
    case .methodNotAllowed(let methods):
      let request = Request(head: head, host: host)
      guard head.method == .options else {
        return refuse(.methodNotAllowed(allowing: methods), request)
      }
      let allow: HeaderList = ["Allow": methods.map(\.rawValue).joined(separator: ", ")]
      return answer(Response(status: 204, headers: allow), request)
    case .trailingSlash where head.method == .get || head.method == .head:
      let request = Request(head: head, host: host)
      return answer(.redirect(to: withoutTrailingSlash(head), status: 308), request)
    case .trailingSlash, .nothing:
      return notFound(Request(head: head, host: host))
    }
  }

  private func admit(_ request: Request, to route: Route) -> Admission {
    do {
      let reader =
        request.head.hasBody
        ? try BodyReader(
          request.head, limits: route.limits, uploadFolder: application.uploadFolder) : nil
      return Admission(request: request, plan: .handle(reader), deadline: route.limits.deadline)
    } catch {
      return refuse(error, request)
    }
  }

  /// `OPTIONS *` asks about the server as a whole.
  private func notFound(_ request: Request) -> Admission {
    guard request.method == .options, request.target == "*" else {
      return refuse(.notFound, request)
    }
    let allow: HeaderList = ["Allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]
    return answer(Response(status: 204, headers: allow), request)
  }

  private func refuse(_ error: HTTPError, _ request: Request) -> Admission {
    Admission(request: request, plan: .answer(refusal(error, request)), deadline: .zero)
  }

  private func answer(_ response: Response, _ request: Request) -> Admission {
    Admission(request: request, plan: .answer(complete(response, request)), deadline: .zero)
  }

  /// As the client spelled it, so that nothing is encoded twice. Never starting with two slashes,
  /// which would name another host.
  private func withoutTrailingSlash(_ head: RequestHead) -> String {
    let target = head.text(head.target)
    let path = target.prefix { $0 != "?" }.drop { $0 == "/" }
    let query = target.drop { $0 != "?" }
    return "/\(path.dropLast())\(query)"
  }

  // MARK: The handler

  func answer(_ request: Request) async -> Response {
    guard let route = request.route else { return refusal(.notFound, request) }
    do {
      let response =
        if let around = application.around {
          try await around(request, route.run)
        } else {
          try await route.run(request)
        }
      return complete(response, request)
    } catch let error as HTTPError {
      return refusal(error, request)
    } catch {
      return refusal(application.translateError?(error, request) ?? .internalFailure, request)
    }
  }

  func refusal(_ error: HTTPError, _ request: Request?) -> Response {
    var response = application.renderError?(error, request) ?? Problem.response(error, request)
    response.headers.append(contentsOf: error.headers)
    return complete(response, request)
  }

  private func complete(_ response: Response, _ request: Request?) -> Response {
    var response = request.map { ResponseFinisher.finish(response, for: $0) } ?? response
    defaults.complete(&response.headers)
    if let head = request?.head {
      response.headers.append("X-Request-Id", utf8: head.storage[head.identifier])
    }
    return response
  }

  // MARK: What is told

  func started(_ request: Request) { application.onStarted?(request) }

  func finished(_ request: Request, _ outcome: RequestOutcome) {
    application.onFinished?(request, outcome)
  }
}

/// The server's own way to say no: a problem document, RFC 9457.
enum Problem {
  static func response(_ error: HTTPError, _ request: Request?) -> Response {
    let title = titles[error.status] ?? "Error"
    var members = [
      "\"type\":\"about:blank\"", "\"title\":\"\(title)\"", "\"status\":\(error.status)",
      "\"code\":\"\(escaped(error.code))\"", "\"detail\":\"\(escaped(error.detail))\"",
    ]
    if let request { members.append("\"request_id\":\"\(request.id)\"") }
    if !error.fields.isEmpty {
      members.append("\"errors\":[\(error.fields.map(item).joined(separator: ","))]")
    }
    var response = Response.text(
      "{\(members.joined(separator: ","))}", type: "application/problem+json",
      status: error.status)
    response.headers.append("Cache-Control", "no-store")
    return response
  }

  private static func item(_ field: HTTPError.Field) -> String {
    "{\"field\":\"\(escaped(field.name))\",\"code\":\"\(escaped(field.code))\","
      + "\"detail\":\"\(escaped(field.detail))\"}"
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": escaped += "\\\(scalar)"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private static let titles = [
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 409: "Conflict", 412: "Precondition Failed",
    413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
    417: "Expectation Failed", 422: "Unprocessable Content", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error",
    503: "Service Unavailable",
  ]
}
