package import Access
package import HTML
package import HTTPServer
package import Scope

/// One request for a page, with what its permission found.
package struct Visit<Granted: Sendable>: Sendable {
  package let request: Request
  package let granted: Granted
  package let frame: Frame
  package let site: Site
}

extension Visit where Granted == PublicScope {
  package var scope: PublicScope { granted }
}

extension Route {
  /// A page for people, in their language. A form comes from a page of this site, or is refused.
  package static func page<Granted, each Parameter: RouteParameter>(
    _ method: HTTPMethod, _ path: String, on host: HostPattern = .base, name: String? = nil,
    for permission: Permission<Granted>, of site: Site,
    limits: RouteLimits = RouteLimits(),
    handler: @escaping @Sendable (Visit<Granted>, repeat each Parameter) async throws -> Response
  ) -> Route {
    let about = PageDescription(permission: permission.name, audience: permission.audience)
    return Route(method, path, on: host, name: name, limits: limits, about: about) {
      (request: Request, parameter: repeat each Parameter) in
      try await site.respond(to: request) {
        try FormOrigin.check(request, of: site)
        let granted = try await permission.granted(to: request, on: .page)
        let viewer = (granted as? any SeenAsAccount)?.session
        return try await Language.$current.withValue(site.language(of: request, for: viewer)) {
          let visit = Visit(
            request: request, granted: granted, frame: site.frame(for: request, viewer: viewer),
            site: site)
          let response = try await handler(visit, repeat each parameter)
          let shows = visit.frame.flash != nil && response.status < 300
          return shows ? response.withoutFlash(of: site) : response
        }
      }
    }
  }
}

extension Site {
  /// Turns what a feature refuses into a page.
  fileprivate func respond(
    to request: Request, _ handle: () async throws -> Response
  ) async throws -> Response {
    try await Language.$current.withValue(language(of: request)) {
      do {
        return try await handle()
      } catch Denial.signInNeeded where request.method == .get {
        return .redirect(to: "\(Self.signInPath)?return_to=\(request.target.queryEncoded)")
      } catch Denial.signInNeeded {
        // What was typed is lost with the session; the page behind the form is what can be shown again.
        return .redirect(to: Self.signInPath)
      } catch Denial.confirmationNeeded where request.method == .get {
        return .redirect(to: "\(Self.confirmPath)?return_to=\(request.target.queryEncoded)")
      } catch Denial.confirmationNeeded {
        return .redirect(to: Self.confirmPath)
      } catch Denial.termsChanged where request.method == .get {
        return .redirect(to: "\(Self.acceptTermsPath)?return_to=\(request.target.queryEncoded)")
      } catch let refusal as any UserFacingError {
        guard let page = Failures.page(for: refusal, request, of: self) else { throw refusal }
        return page
      }
    }
  }

  package static let signInPath = "/sign-in"
  package static let signUpPath = "/sign-up"
  package static let signOutPath = "/sign-out"
  package static let dashboardPath = "/dashboard"
  package static let consolePath = "/console"
  package static let confirmPath = "/confirm"
  package static let acceptTermsPath = "/terms/accept"
  package static let secondFactorPath = "/account/security/second-factor"
}

extension String {
  /// As the value of a query's pair: all but RFC 3986's unreserved characters, and `/`.
  package var queryEncoded: String {
    var encoded = ""
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        encoded.unicodeScalars.append(UnicodeScalar(byte))
      default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return encoded
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

  /// A page about its reader alone, which no cache keeps, the browser's own included.
  package static func privatePage(_ html: HTML, status: Int = 200) -> Response {
    var response = Response.bytes(
      ResponseBytes(html.utf8), type: "text/html; charset=utf-8", status: status)
    response.headers.append("Cache-Control", "no-store")
    return response
  }
}
