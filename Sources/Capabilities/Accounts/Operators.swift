import Fields
package import FoundationEssentials
import PostgreSQL
package import Scope
package import Secrets

/// The platform's people, as whoever runs the machine names them.
package struct Operators: Sendable {
  package enum Refusal: Error, Equatable {
    case notAnAddress
    /// An account has the address, and nobody has shown that it is theirs.
    case addressNotVerified
  }

  package enum Added: Sendable {
    /// A new account, or one that has no password yet. Who opens the link chooses one.
    case invited(SecretToken)
    /// The owner of an account, who signs in anew.
    case promoted
  }

  package struct Person: Sendable, Equatable {
    package let email: String
    package let name: String
    package let hasSecondFactor: Bool
  }

  /// Until somebody has read what a terminal printed.
  package static let linkSeconds: TimeInterval = 24 * 3_600

  private let database: Database
  private let context: Context

  /// - Parameter database: Logs in as `martlet_operator`.
  package init(database: Database, context: Context) {
    self.database = database
    self.context = context
  }

  package func all() async throws -> [Person] {
    try await database.all(
      Query(
        """
        SELECT email, name, coalesce(confirmed_at IS NOT NULL, false) AS has_second_factor
          FROM accounts LEFT JOIN account_totp USING (account_id)
         WHERE is_operator AND state = 'active' ORDER BY email_key
        """
      ) { row throws(RowError) in
        Person(
          email: try row.get("email"), name: try row.get("name"),
          hasSecondFactor: try row.get("has_second_factor"))
      }, in: Guard.commandLine())
  }

  /// - Parameter name: Of a new account; one that is there keeps its own.
  package func add(_ typed: String, name: String) async throws -> Added {
    let email = try address(typed)
    let now = context.now()
    return try await database.transaction(in: Guard.commandLine()) { tx in
      guard let known = try await tx.first(Known.find(email)) else {
        let account = context.newID(Account.self)
        try await tx.run(insert(account, email, name: name, now: now))
        return .invited(try await invite(account, email, in: tx, now: now))
      }
      guard known.isVerified else { throw Refusal.addressNotVerified }
      _ = try await tx.run(
        Command("UPDATE accounts SET is_operator = true WHERE account_id = \(known.account)"),
        // What is signed in was so with fewer rights.
        Self.endSessions(of: known.account))
      guard !known.hasPassword else { return .promoted }
      return .invited(try await invite(known.account, email, in: tx, now: now))
    }
  }

  /// - Returns: False when the address is no operator's.
  package func remove(_ typed: String) async throws -> Bool {
    let email = try address(typed)
    return try await database.transaction(in: Guard.commandLine()) { tx in
      guard let known = try await tx.first(Known.find(email)), known.isOperator else {
        return false
      }
      _ = try await tx.run(
        Command("UPDATE accounts SET is_operator = false WHERE account_id = \(known.account)"),
        Self.endSessions(of: known.account))
      return true
    }
  }

  private func address(_ typed: String) throws(Refusal) -> EmailAddress {
    let fields = Fields(Field("email", .emailAddress), as: { $0 })
    do {
      return try fields.parse(.object([.init("email", .string(typed))]))
    } catch {
      throw .notAnAddress
    }
  }

  private struct Known: Sendable {
    let account: ID<Account>
    let isVerified: Bool
    let isOperator: Bool
    let hasPassword: Bool

    static func find(_ email: EmailAddress) -> Query<Known> {
      Query(
        """
        SELECT account_id, email_verified_at IS NOT NULL AS is_verified, is_operator,
               password_hash IS NOT NULL AS has_password
          FROM accounts
         WHERE realm = \(SignInFacts.platformRealm) AND email_key = \(email.key) AND state = 'active'
           FOR UPDATE
        """
      ) { row throws(RowError) in
        Known(
          account: try row.get("account_id"), isVerified: try row.get("is_verified"),
          isOperator: try row.get("is_operator"), hasPassword: try row.get("has_password"))
      }
    }
  }

  /// Whoever has the machine answers for the address. The terms are for its owner to accept.
  private func insert(
    _ account: ID<Account>, _ email: EmailAddress, name: String, now: Date
  ) -> Command {
    Command(
      """
      INSERT INTO accounts
        (account_id, email, email_key, email_verified_at, name, terms_version, terms_accepted_at,
         is_operator, created_at)
      VALUES (\(account), \(email.text), \(email.key), \(now), \(name), 'none', \(now), true, \(now))
      """)
  }

  private nonisolated(nonsending) func invite(
    _ account: ID<Account>, _ email: EmailAddress, in tx: Transaction, now: Date
  ) async throws -> SecretToken {
    let token = SecretToken.random()
    try await tx.run(
      Command(
        """
        INSERT INTO account_links
          (account_id, token_hash, purpose, email, created_at, expires_at)
        VALUES (\(account), \(Bytes(token.hash)), 'reset_password', \(email.text), \(now),
                \(now + Self.linkSeconds))
        """))
    return token
  }

  private static func endSessions(of account: ID<Account>) -> Command {
    Command("DELETE FROM account_sessions WHERE account_id = \(account)")
  }
}
