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

  let account: ID<Account>

  /// For the account whose password was just found right.
  static func begin(
    _ account: ID<Account>, by accounts: Accounts
  ) async throws -> SetCookie? {
    let scope = Guard.account(proven: account)
    guard let mark = try await passwordMark(in: scope, accounts) else { return nil }
    let issuedAt = Int(accounts.now.timeIntervalSince1970)
    let token = try accounts.pendingTokens.sign(
      JWT.Claims(
        subject: "\(account)", id: mark, issuedAt: issuedAt,
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
    let mark = try await passwordMark(in: Guard.account(proven: account), accounts)
    guard mark == claims.id else { return nil }
    return PendingSignIn(account: account)
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

  /// Of the password as it is now.
  /// - Returns: Nil for an account without one, or that is no more.
  private static func passwordMark(
    in scope: AccountScope, _ accounts: Accounts
  ) async throws -> String? {
    let hash = try await accounts.database.first(CurrentPassword.hash(in: scope), in: scope) ?? nil
    return hash.map { Data(SHA256.hash($0.utf8)).base64EncodedString() }
  }
}
