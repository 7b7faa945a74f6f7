package import FoundationEssentials
package import PostgreSQL

/// One browser or program that is signed in.
package enum Session {}

/// A live session and whose it is, as the database had it at this request.
package struct AccountSession: Sendable {
  package let scope: AccountScope
  package let id: ID<Session>
  /// When a password and, where there is one, the second factor were last given.
  package let confirmedAt: Date
  package let seenAt: Date
  package let name: String
  package let email: String
  package let isVerified: Bool
  /// A language's code; nil for as the browser asks.
  package let language: String?
  package let theme: String
  package let timeZone: String
  package let isOperator: Bool
  package let hasSecondFactor: Bool
  /// The terms that were accepted last.
  package let termsVersion: String

  package var account: ID<Account> { scope.id }
}

/// What a request shows to prove that it belongs to a session.
package enum SessionProof: Sendable {
  /// The hash of a browser's cookie.
  case cookie(hash: [UInt8])
  /// What an access token says, whose signature was found to be ours.
  case accessToken(account: ID<Account>, session: ID<Session>)
}

extension Guard {
  /// - Returns: Nil when there is no such session, or no longer.
  package static func session(
    _ proof: SessionProof, at now: Date, database: Database
  ) async throws(PostgreSQLError) -> AccountSession? {
    let (hash, account, session): (Bytes?, ID<Account>?, ID<Session>?) =
      switch proof {
      case .cookie(let hash): (Bytes(hash), nil, nil)
      case .accessToken(let account, let session): (nil, account, session)
      }
    let query = Query<AccountSession>(
      """
      SELECT account_id, session_id, confirmed_at, seen_at, name, email, is_verified, language, theme,
             time_zone, is_operator, has_second_factor, terms_version
        FROM app.live_session(
          \(hash as Bytes?), \(account as ID<Account>?), \(session as ID<Session>?), \(now))
      """
    ) { row throws(RowError) in try AccountSession(row) }
    return try await database.first(query, in: anybody())
  }

  /// For an account that does not exist yet: its first transaction makes it.
  package static func newAccount(_ context: Context) -> AccountScope {
    AccountScope(context.newID())
  }

  /// - Parameter id: Of the account whose password, second factor, token or link was just found right.
  package static func account(proven id: ID<Account>) -> AccountScope { AccountScope(id) }

  /// For a job of the platform that works for one account.
  package static func job(for id: ID<Account>) -> AccountScope { AccountScope(id) }
}

extension AccountSession {
  fileprivate init(_ row: borrowing Row) throws(RowError) {
    scope = AccountScope(try row.get("account_id"))
    id = try row.get("session_id")
    confirmedAt = try row.get("confirmed_at")
    seenAt = try row.get("seen_at")
    name = try row.get("name")
    email = try row.get("email", as: String?.self) ?? ""
    isVerified = try row.get("is_verified")
    language = try row.get("language")
    theme = try row.get("theme")
    timeZone = try row.get("time_zone")
    isOperator = try row.get("is_operator")
    hasSecondFactor = try row.get("has_second_factor")
    termsVersion = try row.get("terms_version")
  }
}
