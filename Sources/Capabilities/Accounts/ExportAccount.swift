import API
import Access
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Everything that we keep about an account, for its owner to take away. Hashes and sealed secrets prove
/// things to us and tell their owner nothing, so they stay.
enum ExportAccount {
  struct Export: Encodable, Sendable {
    let account: Account
    let sessions: [Session]
    let devices: [Device]
    let links: [Link]
    @OrNull var emailChange: EmailChange?
    @OrNull var secondFactorSince: Date?
    let recoveryCodesLeft: Int
    let requests: [Request]
  }

  struct Account: Encodable, Sendable {
    let id: String
    @OrNull var email: String?
    @OrNull var emailVerifiedAt: Date?
    let name: String
    @OrNull var language: String?
    let timeZone: String
    let theme: String
    let termsVersion: String
    let termsAcceptedAt: Date
    let isOperator: Bool
    let version: Int
    let createdAt: Date
  }

  struct Session: Encodable, Sendable {
    let id: String
    let kind: String
    let userAgent: String
    let createdAt: Date
    let seenAt: Date
    let expiresAt: Date
    let confirmedAt: Date
  }

  struct Device: Encodable, Sendable {
    let firstAt: Date
    let lastAt: Date
  }

  struct Link: Encodable, Sendable {
    let purpose: String
    let email: String
    let createdAt: Date
    let expiresAt: Date
  }

  struct EmailChange: Encodable, Sendable {
    let newEmail: String
    let askedAt: Date
    @OrNull var leftAt: Date?
    @OrNull var takenAt: Date?
  }

  /// An answer that is kept in case the request comes again.
  struct Request: Encodable, Sendable {
    let route: String
    let idempotencyKey: String
    let status: Int
    let keptUntil: Date
  }

  /// All as of one moment.
  static func perform(in scope: AccountScope, by accounts: Accounts) async throws -> Export {
    let (account, sessions, devices, links, changes, factor, codes, requests) =
      try await accounts.database.run(
        account(in: scope), sessions(in: scope), devices(in: scope), links(in: scope),
        emailChange(in: scope), secondFactor(in: scope), recoveryCodes(in: scope),
        requests(in: scope), in: scope, options: .readOnly)
    guard let account = account.first, let codes = codes.first else {
      throw PostgreSQLError.notOneRow(account.count)
    }
    return Export(
      account: account, sessions: sessions, devices: devices, links: links,
      emailChange: changes.first, secondFactorSince: factor.first, recoveryCodesLeft: codes,
      requests: requests)
  }

  // MARK: API and page

  static func route(of accounts: Accounts) -> Route {
    .api(
      .get, "/api/me/export", "Everything that is kept about you", for: accounts.signedIn,
      of: accounts.api, answers: [200: Export.schema]
    ) { call in try Answer(200, try await perform(in: call.granted.scope, by: accounts)) }
  }

  static let path = "/account/data/export"

  static func page(of accounts: Accounts) -> Route {
    .page(.get, path, for: accounts.signedIn, of: accounts.site) { visit in
      let export = try await perform(in: visit.granted.scope, by: accounts)
      var response = try Answer(200, export).response
      response.headers.append(
        "Content-Disposition", #"attachment; filename="martlet-account.json""#)
      return response
    }
  }

  // MARK: Rows

  private static func account(in scope: AccountScope) -> Query<Account> {
    Query(
      """
      SELECT account_id, email, email_verified_at, name, language, time_zone, theme, terms_version,
             terms_accepted_at, is_operator, version, created_at
        FROM accounts WHERE account_id = \(scope.id)
      """
    ) { row throws(RowError) in
      Account(
        id: "\(try row.get("account_id", as: ID<Scope.Account>.self))",
        email: try row.get("email"), emailVerifiedAt: try row.get("email_verified_at"),
        name: try row.get("name"), language: try row.get("language"),
        timeZone: try row.get("time_zone"), theme: try row.get("theme"),
        termsVersion: try row.get("terms_version"),
        termsAcceptedAt: try row.get("terms_accepted_at"), isOperator: try row.get("is_operator"),
        version: try row.get("version"), createdAt: try row.get("created_at"))
    }
  }

  private static func sessions(in scope: AccountScope) -> Query<Session> {
    Query(
      """
      SELECT session_id, kind, user_agent, created_at, seen_at, expires_at, confirmed_at
        FROM account_sessions WHERE account_id = \(scope.id) ORDER BY session_id
      """
    ) { row throws(RowError) in
      Session(
        id: "\(try row.get("session_id", as: ID<Scope.Session>.self))", kind: try row.get("kind"),
        userAgent: try row.get("user_agent"), createdAt: try row.get("created_at"),
        seenAt: try row.get("seen_at"), expiresAt: try row.get("expires_at"),
        confirmedAt: try row.get("confirmed_at"))
    }
  }

  private static func devices(in scope: AccountScope) -> Query<Device> {
    Query(
      """
      SELECT first_at, last_at FROM account_devices
       WHERE account_id = \(scope.id) ORDER BY first_at
      """
    ) { row throws(RowError) in
      Device(firstAt: try row.get("first_at"), lastAt: try row.get("last_at"))
    }
  }

  private static func links(in scope: AccountScope) -> Query<Link> {
    Query(
      """
      SELECT purpose, email, created_at, expires_at FROM account_links
       WHERE account_id = \(scope.id) ORDER BY created_at
      """
    ) { row throws(RowError) in
      Link(
        purpose: try row.get("purpose"), email: try row.get("email"),
        createdAt: try row.get("created_at"), expiresAt: try row.get("expires_at"))
    }
  }

  private static func emailChange(in scope: AccountScope) -> Query<EmailChange> {
    Query(
      """
      SELECT new_email, asked_at, left_at, taken_at FROM email_changes
       WHERE account_id = \(scope.id)
      """
    ) { row throws(RowError) in
      EmailChange(
        newEmail: try row.get("new_email"), askedAt: try row.get("asked_at"),
        leftAt: try row.get("left_at"), takenAt: try row.get("taken_at"))
    }
  }

  private static func secondFactor(in scope: AccountScope) -> Query<Date> {
    Query(
      """
      SELECT confirmed_at FROM account_totp
       WHERE account_id = \(scope.id) AND confirmed_at IS NOT NULL
      """
    ) { row throws(RowError) in try row.get("confirmed_at") }
  }

  private static func recoveryCodes(in scope: AccountScope) -> Query<Int> {
    Query("SELECT count(*) AS number FROM recovery_codes WHERE account_id = \(scope.id)") {
      row throws(RowError) in try row.get("number")
    }
  }

  private static func requests(in scope: AccountScope) -> Query<Request> {
    Query(
      """
      SELECT route, key, status, kept_until FROM idempotency_keys
       WHERE owner_id = \(scope.id) ORDER BY kept_until
      """
    ) { row throws(RowError) in
      Request(
        route: try row.get("route"), idempotencyKey: try row.get("key"),
        status: try row.get("status"), keptUntil: try row.get("kept_until"))
    }
  }
}
