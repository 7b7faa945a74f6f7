import HTML
import Limits
import PostgreSQL
import Scope
import Secrets

/// The password of an account that is signed in, asked for once more. All who ask count guesses together.
enum CurrentPassword {
  enum Refusal: UserFacingError, Equatable {
    case wrongPassword

    var code: String { "wrong_password" }
    var status: Int { 403 }
    var userMessage: UserMessage {
      UserMessage(
        "The current password is not right.",
        next: "Try again, or sign out and have a link sent to your address.")
    }
  }

  private static let perAccount = Throttle(
    "current_password", free: 10, firstWait: .seconds(2), longestWait: .seconds(900),
    forgottenAfter: .seconds(3_600))

  /// - Returns: Its hash as it is stored.
  @discardableResult
  static func check(
    _ password: String, of scope: AccountScope, by accounts: Accounts
  ) async throws -> String? {
    let database = accounts.database
    try await perAccount.take(
      by: "\(scope.id)", database: database, in: scope, now: accounts.now)
    let stored = try await database.one(hash(in: scope), in: scope)
    let verdict = try await accounts.passwords.verify(
      password, against: stored.flatMap(PasswordHash.init))
    guard verdict != .wrong else { throw Refusal.wrongPassword }
    try await perAccount.forget("\(scope.id)", database: database, in: scope)
    return stored
  }

  /// Of no password where there is none.
  static func hash(in scope: AccountScope) -> Query<String?> {
    Query("SELECT password_hash FROM accounts WHERE account_id = \(scope.id)") {
      row throws(RowError) in try row.get("password_hash")
    }
  }
}
