import FoundationEssentials
import PostgreSQL
import Scope
import Secrets

/// An account as a capability needs it: the row, without what proves who its owner is.
struct AccountRow: Sendable {
  let id: ID<Account>
  let email: String
  let name: String
  let isVerified: Bool
  let language: String?
  let timeZone: String
  let theme: String
  let termsVersion: String
  let version: Int
  let createdAt: Date

  static func find(in scope: AccountScope) -> Query<AccountRow> {
    Query(
      """
      SELECT account_id, email, name, email_verified_at IS NOT NULL AS is_verified, language,
             time_zone, theme, terms_version, version, created_at
        FROM accounts WHERE account_id = \(scope.id) AND state = 'active'
      """
    ) { row throws(RowError) in
      AccountRow(
        id: try row.get("account_id"), email: try row.get("email", as: String?.self) ?? "",
        name: try row.get("name"), isVerified: try row.get("is_verified"),
        language: try row.get("language"), timeZone: try row.get("time_zone"),
        theme: try row.get("theme"), termsVersion: try row.get("terms_version"),
        version: try row.get("version"), createdAt: try row.get("created_at"))
    }
  }
}

/// What a sign-in is checked against.
struct SignInFacts: Sendable {
  let account: ID<Account>
  let passwordHash: PasswordHash?
  let hasSecondFactor: Bool

  /// The platform's own namespace of addresses.
  static let platformRealm = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

  static func find(_ email: EmailAddress) -> Query<SignInFacts> {
    Query(
      """
      SELECT account_id, password_hash, has_second_factor
        FROM app.sign_in_facts(\(platformRealm), \(email.key))
      """
    ) { row throws(RowError) in
      SignInFacts(
        account: try row.get("account_id"),
        passwordHash: try row.get("password_hash", as: String?.self).flatMap(PasswordHash.init),
        hasSecondFactor: try row.get("has_second_factor"))
    }
  }
}
