/// An address that the application answers, declared once: the router, the limits, the metrics and
/// the API's description are all made from it.
package final class Route: Sendable {
  package let method: HTTPMethod
  package let path: RoutePath
  package let host: HostPattern
  /// What metrics and logs call it, such as `items.show`.
  package let name: String
  package let limits: RouteLimits
  /// In the order of the path's parameters.
  package let parameterSchemas: [RouteParameterSchema]
  /// What a face of the application says about it; the server itself reads nothing there.
  package let about: (any RouteDescription)?
  let run: Handler

  package typealias Handler = @Sendable (Request) async throws -> Response

  /// - Parameters:
  ///   - path: Such as `/items/{slug}/reviews/{number}`: whole segments in braces are parameters,
  ///     which the handler takes in that order after the request.
  ///   - name: The path itself when not given.
  package convenience init<each Parameter: RouteParameter>(
    _ method: HTTPMethod, _ path: String, on host: HostPattern = .base, name: String? = nil,
    limits: RouteLimits = RouteLimits(), about: (any RouteDescription)? = nil,
    handler: @escaping @Sendable (Request, repeat each Parameter) async throws -> Response
  ) {
    let path = RoutePath(path)
    var schemas: [RouteParameterSchema] = []
    for type in repeat (each Parameter).self { schemas.append(type.schema) }
    precondition(
      schemas.count == path.parameterNames.count,
      "\(path) names \(path.parameterNames.count) parameters, its handler \(schemas.count)")
    self.init(
      method, path, on: host, name: name ?? path.description, limits: limits, schemas: schemas,
      about: about
    ) { request in
      var reader = ParameterReader(request)
      return try await handler(request, repeat try reader.next((each Parameter).self))
    }
  }

  private init(
    _ method: HTTPMethod, _ path: RoutePath, on host: HostPattern, name: String,
    limits: RouteLimits, schemas: [RouteParameterSchema], about: (any RouteDescription)? = nil,
    run: @escaping Handler
  ) {
    self.method = method
    self.path = path
    self.host = host
    self.name = name
    self.limits = limits
    self.about = about
    self.run = run
    parameterSchemas = schemas
  }
}

/// What a face of the application knows about a route of its own.
package protocol RouteDescription: Sendable {}

extension Route {
  /// For handlers that read the whole path themselves.
  convenience init(
    untyped path: String, method: HTTPMethod = .get, on host: HostPattern, name: String,
    handler: @escaping Handler
  ) {
    let names = RoutePath(path).parameterNames
    self.init(
      method, RoutePath(path), on: host, name: name, limits: RouteLimits(),
      schemas: names.map { _ in String.schema }, run: handler)
  }
}

/// Hands out a request's path parameters one after another.
private struct ParameterReader {
  private let request: Request
  private var index = 0

  init(_ request: Request) { self.request = request }

  mutating func next<Parameter: RouteParameter>(_: Parameter.Type) throws -> Parameter {
    let text = request.head.text(request.parameters[index])
    index += 1
    guard let value = Parameter(pathSegment: text[...]) else { throw HTTPError.notFound }
    return value
  }
}

/// A path as a route declares it.
package struct RoutePath: Sendable, Hashable, CustomStringConvertible {
  enum Segment: Sendable, Hashable {
    case literal([UInt8])
    case parameter(String)
  }

  package let description: String
  let segments: [Segment]

  package var parameterNames: [String] {
    segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
  }

  init(_ text: String) {
    precondition(text.first == "/", "\(text) does not start with a slash")
    precondition(text == "/" || text.last != "/", "\(text) ends with a slash")
    description = text
    segments = text.dropFirst().split(separator: "/").map { segment in
      guard segment.first == "{", segment.last == "}" else {
        return .literal(Array(segment.utf8))
      }
      return .parameter(String(segment.dropFirst().dropLast()))
    }
    precondition(parameterNames.count <= PathParameters.maximum, "\(text) has too many parameters")
  }
}

/// What a route asks of requests before its handler sees them.
package struct RouteLimits: Sendable {
  package var maximumBodyBytes: Int
  /// From the last byte of the request to the first of the answer; then the task is cancelled and
  /// the client told 503.
  package var deadline: Duration
  package var accepts: Set<BodyKind>
  package var uploads: UploadLimits

  package init(
    maximumBodyBytes: Int = 1 << 20, deadline: Duration = .seconds(30),
    accepts: Set<BodyKind> = [.json, .form], uploads: UploadLimits = UploadLimits()
  ) {
    self.maximumBodyBytes = maximumBodyBytes
    self.deadline = deadline
    self.accepts = accepts
    self.uploads = uploads
  }
}

package enum BodyKind: Sendable, Hashable {
  case json, form, multipart
  /// Any type, unread.
  case bytes
}

/// How much a multipart form may hold, beside the body's total.
package struct UploadLimits: Sendable {
  package var maximumParts: Int
  package var maximumFileBytes: Int
  /// One field that is not a file.
  package var maximumFieldBytes: Int

  package init(
    maximumParts: Int = 64, maximumFileBytes: Int = 10 << 20, maximumFieldBytes: Int = 64 << 10
  ) {
    self.maximumParts = maximumParts
    self.maximumFileBytes = maximumFileBytes
    self.maximumFieldBytes = maximumFieldBytes
  }
}
