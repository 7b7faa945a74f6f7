package import Access
package import Fields
import FoundationEssentials
import HTML
package import HTTPServer
import Limits

/// One request to the API, with what its permission found and its fields in hand.
package struct Call<Granted: Sendable, Form: Sendable>: Sendable {
  package let request: Request
  package let granted: Granted
  package let form: Form
  package let api: API
  /// Nil where the client sent no `Idempotency-Key`, and on routes that take none.
  package let once: IdempotencyKey?
}

/// What a route of the API says about itself, for the OpenAPI document and for generated tests.
package struct Operation: RouteDescription {
  package let summary: String
  package let permission: String
  package let audience: Audience
  package let takes: Schema?
  package let query: Schema?
  /// What comes back when it went well, by status; nil for no body.
  package let answers: [Int: Schema?]
  /// Statuses of refusals beside those that every route has.
  package let refusals: Set<Int>
  package let takesIdempotencyKey: Bool
}

extension Route {
  /// A route of the API that takes nothing but its path.
  /// - Parameter refusals: Statuses of this route's own refusals.
  package static func api<Granted, each Parameter: RouteParameter>(
    _ method: HTTPMethod, _ path: String, _ summary: String,
    for permission: Permission<Granted>, of api: API, answers: [Int: Schema?],
    refusals: Set<Int> = [], isExempt: Bool = false,
    handler:
      @escaping @Sendable (Call<Granted, Void>, repeat each Parameter) async throws -> Answer
  ) -> Route {
    let face = APIFace(
      permission: permission, api: api, method: method, path: path, isExempt: isExempt)
    let operation = face.operation(
      summary, takes: nil, query: nil, answers: answers, refusals: refusals)
    return Route(
      method, path, limits: RouteLimits(maximumBodyBytes: 64 << 10, accepts: [.json]),
      about: operation
    ) { (request: Request, parameter: repeat each Parameter) in
      try await face.respond(to: request) { granted, once in
        let call = Call(request: request, granted: granted, form: (), api: api, once: once)
        return try await handler(call, repeat each parameter)
      }
    }
  }

  /// A route of the API whose body is read into a form or, of a GET, whose query is.
  package static func api<Granted, Form, each Parameter: RouteParameter>(
    _ method: HTTPMethod, _ path: String, _ summary: String,
    for permission: Permission<Granted>, takes fields: Fields<Form>, of api: API,
    answers: [Int: Schema?], refusals: Set<Int> = [], isExempt: Bool = false,
    limits: RouteLimits = RouteLimits(maximumBodyBytes: 256 << 10, accepts: [.json]),
    handler:
      @escaping @Sendable (Call<Granted, Form>, repeat each Parameter) async throws -> Answer
  ) -> Route {
    let face = APIFace(
      permission: permission, api: api, method: method, path: path, isExempt: isExempt)
    let readsQuery = method == .get
    let operation = face.operation(
      summary, takes: readsQuery ? nil : fields.schema, query: readsQuery ? fields.schema : nil,
      answers: answers, refusals: refusals)
    return Route(method, path, limits: limits, about: operation) {
      (request: Request, parameter: repeat each Parameter) in
      try await face.respond(to: request) { granted, once in
        let input = readsQuery ? request.query : request.body.input ?? .object([])
        let call = Call(
          request: request, granted: granted, form: try fields.parse(input), api: api, once: once)
        return try await handler(call, repeat each parameter)
      }
    }
  }
}

/// What every route of the API does around its handler.
struct APIFace<Granted: Sendable>: Sendable {
  let permission: Permission<Granted>
  let api: API
  let method: HTTPMethod
  let path: String
  /// From `Idempotency-Key`: routes that sign in or make keys, whose answers hold secrets.
  let isExempt: Bool

  private var takesKey: Bool { method == .post && !isExempt }

  func operation(
    _ summary: String, takes: Schema?, query: Schema?, answers: [Int: Schema?],
    refusals: Set<Int>
  ) -> Operation {
    Operation(
      summary: summary, permission: permission.name, audience: permission.audience, takes: takes,
      query: query, answers: answers, refusals: refusals, takesIdempotencyKey: takesKey)
  }

  func respond(
    to request: Request,
    _ handle: @Sendable (Granted, IdempotencyKey?) async throws -> Answer
  ) async throws -> Response {
    try await Language.$current.withValue(api.language(of: request)) {
      let budget = try api.take(for: request)
      do {
        let granted = try await permission.granted(to: request, on: .api)
        let once =
          takesKey ? try IdempotencyKey(of: request, route: "\(method.rawValue) \(path)") : nil
        var response = try await handle(granted, once).response
        for field in budget.headers { response.headers.append(field.name, field.value) }
        return response
      } catch {
        throw Counted(error, budget)
      }
    }
  }
}
