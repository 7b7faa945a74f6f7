package import HTML
package import HTTPServer
package import Scope

/// Who may use a route. There is no default: a route names one, and its handler gets that one's scope.
package struct Permission<PermittedScope: TransactionScope>: Sendable {
  let scope: @Sendable (Request) async throws -> PermittedScope
}

extension Permission where PermittedScope == PublicScope {
  package static let anybody = Permission { _ in Guard.anybody() }
}

/// One request for a page, with what its guard found.
package struct Visit<PermittedScope: TransactionScope>: Sendable {
  package let request: Request
  package let scope: PermittedScope
  package let frame: Frame
  package let site: Site
}

extension Route {
  /// A page for people, in their language.
  package static func page<PermittedScope: TransactionScope, each Parameter: RouteParameter>(
    _ method: HTTPMethod, _ path: String, for permission: Permission<PermittedScope>, of site: Site,
    limits: RouteLimits = RouteLimits(),
    handler:
      @escaping @Sendable (Visit<PermittedScope>, repeat each Parameter) async throws -> Response
  ) -> Route {
    Route(method, path, limits: limits) { (request: Request, parameter: repeat each Parameter) in
      try await Language.$current.withValue(site.language(of: request)) {
        do {
          let visit = Visit(
            request: request, scope: try await permission.scope(request),
            frame: site.frame(for: request), site: site)
          return try await handler(visit, repeat each parameter)
        } catch let refusal as any UserFacingError {
          guard let page = Failures.page(for: refusal, request, of: site) else { throw refusal }
          return page
        }
      }
    }
  }
}

extension Response {
  /// A page whose content depends on the reader's language and theme, and on nothing that is secret.
  package static func page(_ html: HTML, status: Int = 200) -> Response {
    var response = Response.bytes(
      ResponseBytes(html.utf8), type: "text/html; charset=utf-8", status: status)
    response.headers.append("Cache-Control", "private, no-cache")
    response.headers.append("Vary", "Cookie, Accept-Language")
    return response.tagged()
  }
}
