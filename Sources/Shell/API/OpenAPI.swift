import Access
import Fields
import FoundationEssentials
package import HTTPServer

/// The description of the API in OpenAPI 3.1, written from the routes themselves: what a route takes, who
/// may use it and how it can end is said once, where it is declared.
package enum OpenAPI {
  /// - Parameter routes: All of the application's. Pages are listed beside the paths, by name alone.
  package static func document(
    of routes: [Route], title: String, version: String, baseURL: String
  ) throws -> [UInt8] {
    let operations = routes.compactMap { route in
      (route.about as? Operation).map { Described(route: route, operation: $0) }
    }
    let pages = routes.compactMap { route in
      (route.about as? PageDescription).map {
        Document.Page(
          method: route.method.rawValue, path: route.path.description, permission: $0.permission,
          audience: $0.audience.rawValue)
      }
    }
    var paths: [String: [String: PathItem]] = [:]
    for one in operations {
      paths[one.route.path.description, default: [:]][one.route.method.rawValue.lowercased()] =
        PathItem(one)
    }
    let document = Document(
      info: .init(title: title, version: version), servers: [.init(url: baseURL)], paths: paths,
      pages: pages)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(document))
  }

  struct Described {
    let route: Route
    let operation: Operation
  }
}

// MARK: The document's parts, with OpenAPI's own names

private struct Document: Encodable {
  struct Info: Encodable {
    let title: String
    let version: String
  }
  struct Server: Encodable { let url: String }
  struct Page: Encodable {
    let method: String
    let path: String
    let permission: String
    let audience: String
  }
  struct Components: Encodable {
    struct SecurityScheme: Encodable {
      let type: String
      let scheme: String
      let bearerFormat: String
    }
    let securitySchemes = [
      "bearer": SecurityScheme(type: "http", scheme: "bearer", bearerFormat: "JWT")
    ]
    let schemas = ["Problem": Problem()]
  }

  let openapi = "3.1.0"
  let info: Info
  let servers: [Server]
  let paths: [String: [String: PathItem]]
  let components = Components()
  let pages: [Page]

  enum CodingKeys: String, CodingKey {
    case openapi, info, servers, paths, components
    case pages = "x-pages"
  }
}

/// A problem document, RFC 9457, with our members.
private struct Problem: Encodable {
  func encode(to encoder: any Encoder) throws {
    let text = Schema.text(length: 0...10_000, format: nil)
    let field = Schema.object([
      .init(name: "field", schema: text, isRequired: true),
      .init(name: "code", schema: text, isRequired: true),
      .init(name: "detail", schema: text, isRequired: true),
    ])
    let problem = Schema.object([
      .init(name: "type", schema: text, isRequired: true),
      .init(name: "title", schema: text, isRequired: true),
      .init(name: "status", schema: .integer(400...599), isRequired: true),
      .init(name: "code", schema: text, isRequired: true),
      .init(name: "detail", schema: text, isRequired: true),
      .init(name: "request_id", schema: text, isRequired: false),
      .init(name: "errors", schema: .list(of: field, count: 0...1_000), isRequired: false),
    ])
    try problem.encode(to: encoder)
  }
}

private struct PathItem: Encodable {
  let summary: String
  let operationId: String
  let permission: String
  let audience: String
  let roles: [String]?
  let security: [[String: [String]]]
  let parameters: [Parameter]
  let requestBody: Body?
  let responses: [String: Answered]

  enum CodingKeys: String, CodingKey {
    case summary, operationId, security, parameters, requestBody, responses
    case permission = "x-permission"
    case audience = "x-audience"
    case roles = "x-roles"
  }

  private static func mediaType(of route: Route) -> String {
    route.limits.accepts.contains(.multipart) ? "multipart/form-data" : "application/json"
  }

  init(_ described: OpenAPI.Described) {
    let (route, operation) = (described.route, described.operation)
    summary = operation.summary
    operationId =
      route.method.rawValue.lowercased()
      + route.path.description.split { !$0.isLetter && !$0.isNumber }.map { "_\($0)" }.joined()
    permission = operation.permission
    audience = operation.audience.rawValue
    roles = operation.roles.isEmpty ? nil : operation.roles.map(\.rawValue)
    security = operation.audience == .anybody ? [] : [["bearer": []]]
    parameters = Parameter.all(of: route, operation)
    requestBody = operation.takes.map {
      Body(content: [Self.mediaType(of: route): .init(schema: $0)])
    }
    responses = Answered.all(of: route, operation)
  }
}

private struct Parameter: Encodable {
  let name: String
  let `in`: String
  let required: Bool
  let schema: AnySchema

  static func all(of route: Route, _ operation: Operation) -> [Parameter] {
    let path = zip(route.path.parameterNames, route.parameterSchemas).map {
      Parameter(name: $0, in: "path", required: true, schema: .parameter($1))
    }
    var others: [Parameter] = []
    if case .object(let properties)? = operation.query {
      others = properties.map {
        Parameter(name: $0.name, in: "query", required: $0.isRequired, schema: .fields($0.schema))
      }
    }
    if operation.takesIdempotencyKey {
      let schema = Schema.text(length: 1...IdempotencyKey.longest, format: nil)
      others.append(
        Parameter(
          name: "Idempotency-Key", in: "header", required: false, schema: .fields(schema)))
    }
    return path + others
  }
}

private enum AnySchema: Encodable {
  case fields(Schema)
  case parameter(RouteParameterSchema)
  case problem

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .fields(let schema): try schema.encode(to: encoder)
    case .problem:
      try ["$ref": "#/components/schemas/Problem"].encode(to: encoder)
    case .parameter(let schema):
      var parts = ["type": schema.type]
      parts["format"] = schema.format
      try parts.encode(to: encoder)
    }
  }
}

private struct Body: Encodable {
  struct Media: Encodable { let schema: Schema }
  let required = true
  let content: [String: Media]
}

private struct Answered: Encodable {
  struct Media: Encodable { let schema: AnySchema }
  let description: String
  let content: [String: Media]?

  static func all(of route: Route, _ operation: Operation) -> [String: Answered] {
    var answers: [String: Answered] = [:]
    for (status, schema) in operation.answers {
      answers["\(status)"] = Answered(
        description: descriptions[status] ?? "Done",
        content: schema.map { ["application/json": Media(schema: .fields($0))] })
    }
    for status in refusals(of: route, operation) {
      answers["\(status)"] = Answered(
        description: descriptions[status] ?? "Refused",
        content: ["application/problem+json": Media(schema: .problem)])
    }
    return answers
  }

  /// What the server and the face say by themselves, and what the route adds.
  private static func refusals(of route: Route, _ operation: Operation) -> Set<Int> {
    var refusals = operation.refusals.union([400, 429, 503])
    if operation.audience != .anybody { refusals.formUnion([401]) }
    if [.operator, .staff].contains(operation.audience)
      || operation.permission.hasSuffix("_confirmed")
    {
      refusals.insert(403)
    }
    if operation.takes != nil { refusals.formUnion([413, 415, 422]) }
    if operation.query != nil { refusals.insert(422) }
    if operation.takesIdempotencyKey { refusals.formUnion([409, 422]) }
    if !route.path.parameterNames.isEmpty { refusals.insert(404) }
    return refusals
  }

  private static let descriptions = [
    200: "Done", 201: "Made", 202: "Taken, and done later", 204: "Done; nothing to say",
    400: "Cannot be read", 401: "Not signed in", 403: "Not allowed",
    404: "Not there, or not yours", 409: "In conflict with what is there", 413: "Too large",
    415: "No type that this takes", 422: "Refused by a rule; errors name the fields",
    429: "Too often; Retry-After says when", 503: "Not now; Retry-After says when",
  ]
}
