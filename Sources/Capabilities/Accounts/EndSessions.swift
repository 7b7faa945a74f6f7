import API
import Access
import FoundationEssentials
import HTTPServer
import Scope
import Web

/// Signing out elsewhere: what proved those sessions is refused from then on, everywhere.
enum EndSessions {
  static func one(
    _ id: ID<Session>, of session: AccountSession, by accounts: Accounts
  ) async throws {
    let ended = try await accounts.database.run(
      accounts.endSession(id, in: session.scope), in: session.scope)
    guard ended == 1 else { throw Denial.notFound }
  }

  static func others(of session: AccountSession, by accounts: Accounts) async throws {
    try await accounts.database.run(
      accounts.endSessions(except: session.id, in: session.scope), in: session.scope)
  }

  static func routes(of accounts: Accounts) -> [Route] {
    [
      .api(
        .delete, "/api/me/sessions/{session}", "End a session", for: accounts.signedIn,
        of: accounts.api, answers: [204: nil], refusals: [404]
      ) { (call, id: UUID) in
        try await one(ID(id), of: call.granted, by: accounts)
        return .noContent
      },
      .api(
        .delete, "/api/me/sessions", "End every other session", for: accounts.signedIn,
        of: accounts.api, answers: [204: nil]
      ) { call in
        try await others(of: call.granted, by: accounts)
        return .noContent
      },
    ]
  }

  private static let path = AccountPage.Part.sessions.path

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(
        .post, "\(path)/{session}/end", for: accounts.signedIn, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { (visit, id: UUID) in
        try await one(ID(id), of: visit.granted, by: accounts)
        return .redirect(to: path, saying: .sessionEnded, of: visit.site)
      },
      .page(
        .post, "\(path)/end-others", for: accounts.signedIn, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { visit in
        try await others(of: visit.granted, by: accounts)
        return .redirect(to: path, saying: .sessionsEnded, of: visit.site)
      },
    ]
  }
}
