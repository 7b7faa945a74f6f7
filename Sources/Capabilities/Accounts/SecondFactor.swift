import DataKeys
import FoundationEssentials
import HTML
import Limits
import PostgreSQL
import Scope
import Secrets

/// The second factor of an account: an authenticator's secret and, for when that is lost, recovery codes.
enum SecondFactor {
  enum Refusal: UserFacingError, Equatable {
    case alreadyOn
    case notStarted
    case notOn

    var code: String {
      switch self {
      case .alreadyOn: "second_factor_on"
      case .notStarted: "second_factor_not_started"
      case .notOn: "second_factor_off"
      }
    }

    var status: Int { 409 }

    var userMessage: UserMessage {
      switch self {
      case .alreadyOn:
        UserMessage(
          "Your second factor is on already.", next: "Turn it off first to set up another.")
      case .notStarted:
        UserMessage("There is no secret to confirm.", next: "Begin setting up your second factor.")
      case .notOn:
        UserMessage("Your second factor is off.", next: "Turn it on first.")
      }
    }
  }

  /// Three codes of a million are right at a time: the waits let nobody try enough of them.
  private static let tries = Throttle(
    "second_factor", free: 5, firstWait: .seconds(2), longestWait: .seconds(900),
    forgottenAfter: .seconds(3_600))

  // MARK: Asking for it

  /// Takes a code of an account whose second factor is on. Each counts once, whatever comes at once.
  /// - Parameter account: Whose password, session or the like was just found right.
  static func check(_ typed: String, of account: ID<Account>, by accounts: Accounts) async throws {
    let scope = Guard.account(proven: account)
    try await throttled(scope, by: accounts) {
      guard let code = SecondFactorCode(typed) else { return false }
      return try await spend(code, in: scope, by: accounts)
    }
  }

  /// - Parameter isRight: Whether the code is.
  static func throttled(
    _ scope: AccountScope, by accounts: Accounts, _ isRight: () async throws -> Bool
  ) async throws {
    let (database, subject) = (accounts.database, "\(scope.id)")
    try await tries.take(by: subject, database: database, in: scope, now: accounts.now)
    guard try await isRight() else { throw SignIn.Refusal.wrongCode }
    try await tries.forget(subject, database: database, in: scope)
  }

  /// - Returns: Whether the code was right, and from now on is used.
  static func spend(
    _ code: SecondFactorCode, in scope: AccountScope, by accounts: Accounts
  ) async throws -> Bool {
    let key = try await accounts.dataKeys.key(of: scope)
    switch code {
    case .recovery(let code):
      return try await accounts.database.run(use(code, by: key, in: scope), in: scope) == 1
    case .digits(let digits):
      let known = try await accounts.database.first(Authenticator.find(in: scope), in: scope)
      guard let known, known.isOn,
        let step = try known.step(of: digits, key: key, in: scope, now: accounts.now)
      else { return false }
      return try await accounts.database.run(use(step: step, in: scope), in: scope) == 1
    }
  }

  /// Touches one row for the first of those who come with one code, and none for the others.
  private static func use(step: Int, in scope: AccountScope) -> Command {
    Command(
      """
      UPDATE account_totp SET last_step = \(step)
       WHERE account_id = \(scope.id) AND confirmed_at IS NOT NULL AND last_step < \(step)
      """)
  }

  private static func use(
    _ code: RecoveryCode, by key: SecretKey, in scope: AccountScope
  ) -> Command {
    Command(
      """
      DELETE FROM recovery_codes
       WHERE account_id = \(scope.id) AND code_hash = \(Bytes(code.hash(by: key)))
      """)
  }

  // MARK: Recovery codes

  /// A new set in place of the old one. Shown once: only hashes are kept.
  nonisolated(nonsending) static func replaceCodes(
    by key: SecretKey, in scope: AccountScope, _ tx: Transaction
  ) async throws -> [String] {
    let codes = RecoveryCode.newSet()
    _ = try await tx.run(
      Command("DELETE FROM recovery_codes WHERE account_id = \(scope.id)"),
      Command(
        """
        INSERT INTO recovery_codes (account_id, code_hash)
        SELECT \(scope.id), hash FROM unnest(\(codes.map { Bytes($0.hash(by: key)) })) AS hash
        """))
    return codes.map(\.text)
  }

  static func codesLeft(in scope: AccountScope) -> Query<Int> {
    Query("SELECT count(*) AS codes FROM recovery_codes WHERE account_id = \(scope.id)") {
      row throws(RowError) in try row.get("codes")
    }
  }
}

/// What an account's authenticator and we both know.
struct Authenticator: Sendable {
  private let sealed: Bytes
  /// False until a first code showed that the authenticator has the secret.
  let isOn: Bool
  private let lastStep: Int?

  static func find(in scope: AccountScope, locked: Bool = false) -> Query<Authenticator> {
    let lock: SQL = locked ? "FOR UPDATE" : ""
    return Query(
      """
      SELECT secret, confirmed_at IS NOT NULL AS is_on, last_step
        FROM account_totp WHERE account_id = \(scope.id) \(lock)
      """
    ) { row throws(RowError) in
      Authenticator(
        sealed: try row.get("secret"), isOn: try row.get("is_on"),
        lastStep: try row.get("last_step"))
    }
  }

  /// - Parameter key: The account's data key.
  func secret(by key: SecretKey, in scope: AccountScope) throws -> [UInt8] {
    try SealedValue(sealed.array).open(with: key, for: Self.place(in: scope))
  }

  /// The step that a code belongs to; nil for a wrong one, or one that is no newer than the last.
  func step(
    of digits: String, key: SecretKey, in scope: AccountScope, now: Date
  ) throws -> Int? {
    TOTP.step(of: digits, secret: try secret(by: key, in: scope), at: now, lastUsed: lastStep)
  }

  /// Opens in the row of its account alone.
  static func place(in scope: AccountScope) -> SealContext {
    SealContext(
      table: "account_totp", column: "secret", row: scope.id.uuid, owner: scope.id.uuid)
  }
}
