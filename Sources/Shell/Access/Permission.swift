package import HTTPServer
package import Scope

/// Who may use a route. There is no default: a route names one, and its handler gets what that one found.
package struct Permission<Granted: Sendable>: Sendable {
  /// As OpenAPI and the generated tests call it.
  package let name: String
  package let audience: Audience
  /// Of staff of a shop: which roles hold it.
  package let roles: [StaffRole]
  private let grant: @Sendable (Request, Face) async throws -> Granted

  /// - Parameters:
  ///   - name: Stable snake_case.
  ///   - grant: Throws `Denial` or another error that its caller can do something about.
  package init(
    _ name: String, _ audience: Audience, roles: [StaffRole] = [],
    grant: @escaping @Sendable (Request, Face) async throws -> Granted
  ) {
    self.name = name
    self.audience = audience
    self.roles = roles
    self.grant = grant
  }

  package func granted(to request: Request, on face: Face) async throws -> Granted {
    try await grant(request, face)
  }
}

/// Who can hold a permission at all.
package enum Audience: String, Sendable {
  case anybody
  case account
  /// Who has a role in the shop that the address names.
  case staff
  case `operator`
}

/// How a request speaks to us, which decides what proves who it is from: a browser's cookie counts on
/// pages alone, a token in the `Authorization` field on the API alone.
package enum Face: Sendable { case page, api }

/// What a permission finds, where that may be somebody who is signed in: pages are then in their language
/// and show their name.
package protocol SeenAsAccount {
  /// Nil where nobody is.
  var session: AccountSession? { get }
}

extension AccountSession: SeenAsAccount {
  package var session: AccountSession? { self }
}

extension Permission where Granted == PublicScope {
  package static let anybody = Permission("anybody", .anybody) { _, _ in Guard.anybody() }
}
