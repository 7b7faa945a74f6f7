import API
import Access
import Fields
import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope
import Secrets
import Web

/// Ending a session: what proved it is refused from then on, everywhere.
enum SignOut {
  static func page(of accounts: Accounts) -> Route {
    .page(
      .post, Site.signOutPath, for: accounts.anybodySeen, of: accounts.site,
      limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
    ) { visit in
      if let session = visit.granted {
        try await accounts.database.run(
          accounts.endSession(session.id, in: session.scope), in: session.scope)
      }
      var response = Response.redirect(to: "/", saying: .signedOut, of: visit.site)
      if let cookie = accounts.sessionCookie(nil) { response.set(cookie) }
      return response
    }
  }

  /// By the refresh token alone, so that a program whose access token is over can still sign out.
  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/auth/logout", "Sign out", for: .anybody, takes: RefreshTokens.Form.fields,
      of: accounts.api, answers: [204: nil], isExempt: true
    ) { call in
      // A token that is nobody's is signed out already.
      guard let owner = try await RefreshTokens.owner(of: call.form.token, accounts) else {
        return .noContent
      }
      let hash = Bytes(call.form.token.hash)
      try await accounts.database.run(
        Command(
          """
          DELETE FROM account_sessions AS session USING refresh_tokens AS token
           WHERE token.account_id = \(owner.id) AND token.token_hash = \(hash)
             AND session.account_id = token.account_id AND session.session_id = token.session_id
          """), in: owner)
      return .noContent
    }
  }
}
