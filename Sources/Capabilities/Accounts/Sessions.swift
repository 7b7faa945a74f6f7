import API
import Access
package import FoundationEssentials
import HTTPServer
import PostgreSQL
package import Scope
import Secrets
import Web

/// Where accounts are signed in: a browser by a cookie, a program by a pair of tokens.
enum SessionLife {
  /// Without a visit. Each visit starts it anew.
  static let browser: TimeInterval = 30 * 86_400
  /// Without an exchange of the refresh token.
  static let api: TimeInterval = 7 * 86_400
  /// For how long a password that was just given counts for money and security.
  static let confirmation: TimeInterval = 15 * 60
  /// A visit is written down when the last one was so long ago.
  static let visitNoted: TimeInterval = 5 * 60
}

extension Accounts {
  // MARK: A browser's

  /// With `__Host-` no other host, not even a subdomain, can set or see the cookie.
  var sessionCookie: String { site.isSecure ? "__Host-session" : "session" }

  /// A new session each time, so that nobody can plant one that they know.
  nonisolated(nonsending) func openBrowserSession(
    for scope: AccountScope, on request: Request, in tx: Transaction
  ) async throws -> SetCookie? {
    let token = SecretToken.random()
    try await tx.run(
      insertSession(
        of: scope.id, id: context.newID(), kind: "browser", tokenHash: token.hash, request,
        expiresAt: now + SessionLife.browser))
    return sessionCookie(token.text, for: .seconds(Int(SessionLife.browser)))
  }

  /// Another token for the same session, whose rights change: a copy of the old one is worth nothing.
  /// - Returns: Nil for a program's session, which has no cookie.
  nonisolated(nonsending) func renewBrowserSession(
    _ session: AccountSession, in tx: Transaction
  ) async throws -> SetCookie? {
    let token = SecretToken.random()
    let renewed = try await tx.run(
      Command(
        """
        UPDATE account_sessions SET token_hash = \(Bytes(token.hash))
         WHERE account_id = \(session.account) AND session_id = \(session.id) AND kind = 'browser'
        """))
    guard renewed == 1 else { return nil }
    return sessionCookie(token.text, for: .seconds(Int(SessionLife.browser)))
  }

  /// Nil text removes it.
  func sessionCookie(_ text: String?, for age: Duration = .zero) -> SetCookie? {
    var cookie = SetCookie(sessionCookie, text ?? "")
    cookie?.maximumAge = age
    cookie?.isSecure = site.isSecure
    return cookie
  }

  // MARK: A program's

  /// What signing in and refreshing give a program.
  struct TokenPair: Sendable, Encodable {
    let accessToken: String
    let refreshToken: String
    /// Of the access token, in seconds.
    let expiresIn = AccessTokens.lifetimeSeconds
  }

  nonisolated(nonsending) func openAPISession(
    for scope: AccountScope, on request: Request, in tx: Transaction
  ) async throws -> TokenPair {
    let id = context.newID(Session.self)
    try await tx.run(
      insertSession(
        of: scope.id, id: id, kind: "api", tokenHash: nil, request,
        expiresAt: now + SessionLife.api))
    return try await issueTokens(for: scope, session: id, in: tx)
  }

  nonisolated(nonsending) func issueTokens(
    for scope: AccountScope, session: ID<Session>, in tx: Transaction
  ) async throws -> TokenPair {
    let refresh = SecretToken.random()
    try await tx.run(
      Command(
        """
        INSERT INTO refresh_tokens (account_id, token_hash, session_id, issued_at, expires_at)
        VALUES (\(scope.id), \(Bytes(refresh.hash)), \(session), \(now), \(now + SessionLife.api))
        """))
    return TokenPair(
      accessToken: try accessTokens.token(of: scope.id, session: session, now: now),
      refreshToken: refresh.text)
  }

  private func insertSession(
    of account: ID<Account>, id: ID<Session>, kind: String, tokenHash: [UInt8]?,
    _ request: Request, expiresAt: Date
  ) -> Command {
    let agent = String((request.header("user-agent") ?? "").unicodeScalars.prefix(200))
    return Command(
      """
      INSERT INTO account_sessions
        (account_id, session_id, kind, token_hash, user_agent, created_at, seen_at, expires_at,
         confirmed_at)
      VALUES (\(account), \(id), \(kind), \(tokenHash.map { Bytes($0) } as Bytes?), \(agent), \(now),
              \(now), \(expiresAt), \(now))
      """)
  }

  // MARK: The end

  func endSession(_ id: ID<Session>, in scope: AccountScope) -> Command {
    Command(
      """
      DELETE FROM account_sessions WHERE account_id = \(scope.id) AND session_id = \(id)
      """)
  }

  func endSessions(except kept: ID<Session>?, in scope: AccountScope) -> Command {
    Command(
      """
      DELETE FROM account_sessions
       WHERE account_id = \(scope.id) AND session_id IS DISTINCT FROM \(kept as ID<Session>?)
      """)
  }

  // MARK: With each request

  /// Who a request is from: on a page by its cookie, on the API by its token, and never the other way.
  func session(of request: Request, on face: Face) async throws -> AccountSession? {
    guard let proof = proof(in: request, on: face),
      let session = try await Guard.session(proof, at: now, database: database)
    else { return nil }
    try await noteVisit(session, on: face)
    return session
  }

  private func proof(in request: Request, on face: Face) -> SessionProof? {
    switch face {
    case .page:
      request.cookie(sessionCookie).map { .cookie(hash: SecretToken($0).hash) }
    case .api:
      request.bearerToken.flatMap { accessTokens.proof(in: $0, now: now) }
    }
  }

  private func noteVisit(_ session: AccountSession, on face: Face) async throws {
    guard now.timeIntervalSince(session.seenAt) > SessionLife.visitNoted else { return }
    let life = face == .page ? SessionLife.browser : SessionLife.api
    try await database.run(
      Command(
        """
        UPDATE account_sessions SET seen_at = \(now), expires_at = \(now + life)
         WHERE account_id = \(session.account) AND session_id = \(session.id)
        """), in: session.scope)
  }
}

extension AccountSession: Caller {
  package var callerID: UUID { account.uuid }
}
