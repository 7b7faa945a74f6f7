import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Secrets

/// Exchanging a refresh token for a new pair. Each token is good once: one that comes back is a copy, and
/// nobody can tell whose, so the session ends.
enum RefreshTokens {
  struct Form: Sendable {
    let token: SecretToken

    static let fields = Fields(
      Field("refresh_token", Kind<String>.text(max: 200).map { SecretToken($0) }), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case notUsable

    var code: String { "invalid_refresh_token" }
    var status: Int { 401 }
    var userMessage: UserMessage {
      UserMessage("This refresh token cannot be used.", next: "Sign in again.")
    }
  }

  static func owner(
    of token: SecretToken, _ accounts: Accounts
  ) async throws -> AccountScope? {
    let query = Query<ID<Account>?>(
      "SELECT app.refresh_token_owner(\(Bytes(token.hash))) AS account_id"
    ) { row throws(RowError) in try row.get("account_id") }
    return try await accounts.database.one(query, in: Guard.anybody())
      .map { Guard.account(proven: $0) }
  }

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/auth/refresh", "Exchange a refresh token", for: .anybody, takes: Form.fields,
      of: accounts.api, answers: [200: Accounts.TokenPair.schema], refusals: [401], isExempt: true
    ) { call in
      guard let owner = try await owner(of: call.form.token, accounts) else {
        throw Refusal.notUsable
      }
      // The end of a session must be committed, so it is no error inside the transaction.
      let pair = try await accounts.database.transaction(in: owner) { tx in
        try await exchange(call.form.token, of: owner, in: tx, accounts)
      }
      guard let pair else { throw Refusal.notUsable }
      return try Answer(200, pair)
    }
  }

  /// - Returns: Nil when the token is over, or was used before, which ends its session.
  private nonisolated(nonsending) static func exchange(
    _ token: SecretToken, of owner: AccountScope, in tx: Transaction, _ accounts: Accounts
  ) async throws -> Accounts.TokenPair? {
    let now = accounts.now
    // The row's lock lets one of two that come at once use it.
    let found = Query<(session: ID<Session>, isFresh: Bool, isLive: Bool)>(
      """
      SELECT session_id, used_at IS NULL AS is_fresh, expires_at > \(now) AS is_live
        FROM refresh_tokens
       WHERE account_id = \(owner.id) AND token_hash = \(Bytes(token.hash))
         FOR UPDATE
      """
    ) { row throws(RowError) in
      (try row.get("session_id"), try row.get("is_fresh"), try row.get("is_live"))
    }
    guard let found = try await tx.first(found), found.isLive else { return nil }
    guard found.isFresh else {
      try await tx.run(accounts.endSession(found.session, in: owner))
      return nil
    }
    _ = try await tx.run(
      Command(
        """
        UPDATE refresh_tokens SET used_at = \(now)
         WHERE account_id = \(owner.id) AND token_hash = \(Bytes(token.hash))
        """),
      Command(
        """
        UPDATE account_sessions SET seen_at = \(now), expires_at = \(now + SessionLife.api)
         WHERE account_id = \(owner.id) AND session_id = \(found.session)
        """))
    return try await accounts.issueTokens(for: owner, session: found.session, in: tx)
  }
}
