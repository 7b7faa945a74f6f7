import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope
import Secrets
import Web

/// A browser that gave the right password and owes the second factor: what its cookie says for five
/// minutes. It opens the page that asks for a code, and nothing else.
struct PendingSignIn: Sendable {
  static let lifetimeSeconds = 300

  let shown: ShownPassword

  /// For whoever has just shown the right password.
  static func begin(_ shown: ShownPassword, by accounts: Accounts) throws -> SetCookie? {
    let issuedAt = Int(accounts.now.timeIntervalSince1970)
    let token = try accounts.pendingTokens.sign(
      JWT.Claims(
        subject: "\(shown.account)", id: shown.mark, issuedAt: issuedAt,
        expiresAt: issuedAt + lifetimeSeconds))
    return cookie(token, by: accounts)
  }

  /// - Returns: Nil when there is none, or no longer.
  static func of(_ request: Request, by accounts: Accounts) async throws -> PendingSignIn? {
    guard let token = request.cookie(cookieName(accounts)) else { return nil }
    return try await of(token, by: accounts)
  }

  /// - Parameter token: What the cookie holds.
  static func of(_ token: String, by accounts: Accounts) async throws -> PendingSignIn? {
    guard let claims = accounts.pendingTokens.claims(of: token, now: accounts.now),
      let account = ID<Account>(claims.subject)
    else { return nil }
    // Our signature proves the account. A password that was changed since proves nothing.
    guard let shown = try await password(of: account, accounts), shown.mark == claims.id
    else { return nil }
    return PendingSignIn(shown: shown)
  }

  static func end(by accounts: Accounts) -> SetCookie? { cookie(nil, by: accounts) }

  private static func cookieName(_ accounts: Accounts) -> String {
    accounts.site.isSecure ? "__Host-sign-in" : "sign-in"
  }

  private static func cookie(_ token: String?, by accounts: Accounts) -> SetCookie? {
    var cookie = SetCookie(cookieName(accounts), token ?? "")
    cookie?.maximumAge = .seconds(token == nil ? 0 : lifetimeSeconds)
    cookie?.isSecure = accounts.site.isSecure
    return cookie
  }

  /// As it is now.
  /// - Returns: Nil for an account without one, or that is no more.
  private static func password(
    of account: ID<Account>, _ accounts: Accounts
  ) async throws -> ShownPassword? {
    let query = Query<String?>(
      "SELECT password_hash FROM accounts WHERE account_id = \(account) AND state = 'active'"
    ) { row throws(RowError) in try row.get("password_hash") }
    let scope = Guard.account(proven: account)
    let hash = try await accounts.database.first(query, in: scope) ?? nil
    return hash.flatMap(PasswordHash.init).map { ShownPassword(account: account, hash: $0) }
  }
}

extension ShownPassword {
  /// Of this password and no other of the account.
  fileprivate var mark: String { Data(SHA256.hash(hash.text.utf8)).base64EncodedString() }
}
