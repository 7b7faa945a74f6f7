import FoundationEssentials
import HTML
import PostgreSQL
import Scope
import Secrets

/// A link in a mail: whoever opens it reads that mailbox. It proves that once.
struct AccountLink: Sendable {
  enum Purpose: String, Sendable {
    case verifyEmail = "verify_email"
    case resetPassword = "reset_password"
    case leaveEmail = "leave_email"
    case takeEmail = "take_email"

    /// In seconds.
    var life: TimeInterval {
      switch self {
      case .verifyEmail: 7 * 86_400
      case .resetPassword: 30 * 60
      case .leaveEmail, .takeEmail: 24 * 3_600
      }
    }

    var lifeInWords: Text {
      switch self {
      case .verifyEmail: "The link works once, within \(Int(life) / 86_400) days."
      case .resetPassword: "The link works once, within \(Int(life) / 60) minutes."
      case .leaveEmail, .takeEmail: "The link works once, within \(Int(life) / 3_600) hours."
      }
    }

    func path(_ token: SecretToken) -> String {
      switch self {
      case .verifyEmail: "/verify/\(token.text)"
      case .resetPassword: "/reset/\(token.text)"
      case .leaveEmail, .takeEmail: "/email/\(token.text)"
      }
    }
  }

  let scope: AccountScope
  let purpose: Purpose
  /// Where it was sent.
  let email: EmailAddress
  private let token: SecretToken

  /// Used, over, or never ours: which of them is not told.
  struct Over: UserFacingError, Equatable {
    var code: String { "link_over" }
    var status: Int { 410 }
    var userMessage: UserMessage {
      UserMessage("This link was used already, or is over.", next: "Ask for a new one.")
    }
  }

  /// The link of a token, while it is good. Looking uses nothing up: programs that guard mailboxes open
  /// every link.
  static func find(
    _ token: SecretToken, for purposes: Set<Purpose>, by accounts: Accounts
  ) async throws -> AccountLink? {
    let owner = Query<ID<Account>?>(
      "SELECT app.account_link_owner(\(Bytes(token.hash))) AS account_id"
    ) { row throws(RowError) in try row.get("account_id") }
    guard let account = try await accounts.database.one(owner, in: Guard.anybody()) else {
      return nil
    }
    let scope = Guard.account(proven: account)
    let link =
      try await accounts.database.first(
        row(of: token, in: scope, now: accounts.now), in: scope) ?? nil
    return link.flatMap { purposes.contains($0.purpose) ? $0 : nil }
  }

  private static func row(
    of token: SecretToken, in scope: AccountScope, now: Date
  ) -> Query<AccountLink?> {
    Query(
      """
      SELECT purpose, email FROM account_links
       WHERE account_id = \(scope.id) AND token_hash = \(Bytes(token.hash)) AND expires_at > \(now)
      """
    ) { row throws(RowError) in
      let email = EmailAddress(try row.get("email"))
      return Purpose(rawValue: try row.get("purpose")).map {
        AccountLink(scope: scope, purpose: $0, email: email, token: token)
      }
    }
  }

  /// Uses it up, in the transaction of what it proves: of many at once, one goes on.
  nonisolated(nonsending) func use(in tx: Transaction, now: Date) async throws {
    let used = try await tx.run(
      Command(
        """
        DELETE FROM account_links
         WHERE account_id = \(scope.id) AND token_hash = \(Bytes(token.hash))
           AND expires_at > \(now)
        """))
    guard used == 1 else { throw Over() }
  }

  /// Those that were sent for the same end, or for any.
  static func removeAll(of purpose: Purpose? = nil, in scope: AccountScope) -> Command {
    Command(
      """
      DELETE FROM account_links
       WHERE account_id = \(scope.id)
         AND coalesce(purpose = \(purpose?.rawValue as String?), true)
      """)
  }

  // MARK: Made by the worker, when the mail is sent

  static func insert(
    _ token: SecretToken, for purpose: Purpose, sentTo address: String, in scope: AccountScope,
    now: Date
  ) -> Command {
    Command(
      """
      INSERT INTO account_links (account_id, token_hash, purpose, email, created_at, expires_at)
      VALUES (\(scope.id), \(Bytes(token.hash)), \(purpose.rawValue), \(address), \(now),
              \(now + purpose.life))
      """)
  }

  /// Those that were sent before a newer one was asked for. Later ones stay: an attempt whose outcome is
  /// unknown may have reached its reader.
  static func remove(_ purpose: Purpose, madeBefore asked: Date, in scope: AccountScope) -> Command
  {
    Command(
      """
      DELETE FROM account_links
       WHERE account_id = \(scope.id) AND purpose = \(purpose.rawValue) AND created_at < \(asked)
      """)
  }
}
