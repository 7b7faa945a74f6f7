import FoundationEssentials
import HTML
import PostgreSQL
import Scope
import Secrets

/// What opening a link in a mail proves, once.
enum AccountLink {
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
