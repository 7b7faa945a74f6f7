import API
import Access
import DataKeys
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Secrets
import Web

/// Setting up a second factor: a new secret goes into an authenticator, and its first code turns it on.
enum EnrolSecondFactor {
  struct Form: Sendable {
    let code: String

    static let fields = Fields(Field("code", SecondFactorCode.kind), as: Form.init)
  }

  /// What an authenticator is told.
  struct Enrolment: Encodable, Sendable {
    /// In base32, for who types it.
    let secret: String
    let uri: String

    init(_ secret: [UInt8], of session: AccountSession) {
      self.secret = TOTP.base32(secret)
      uri = TOTP.uri(secret: secret, issuer: "Martlet", account: session.email)
    }
  }

  struct Codes: Encodable, Sendable {
    let recoveryCodes: [String]
  }

  /// A secret that counts for nothing until its first code. An earlier one of that kind is forgotten.
  static func start(_ session: AccountSession, by accounts: Accounts) async throws -> Enrolment {
    let scope = session.scope
    let secret = TOTP.randomSecret()
    let sealed = try SealedValue(
      sealing: secret, with: try await accounts.dataKeys.key(of: scope),
      for: Authenticator.place(in: scope))
    let stored = try await accounts.database.run(
      Command(
        """
        INSERT INTO account_totp AS known (account_id, secret)
        VALUES (\(scope.id), \(Bytes(sealed.bytes)))
        ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret
         WHERE known.confirmed_at IS NULL
        """), in: scope)
    guard stored == 1 else { throw SecondFactor.Refusal.alreadyOn }
    return Enrolment(secret, of: session)
  }

  /// The secret that waits for its first code, for the page that shows it.
  static func waiting(
    _ session: AccountSession, by accounts: Accounts
  ) async throws -> Enrolment? {
    let scope = session.scope
    let known = try await accounts.database.first(Authenticator.find(in: scope), in: scope)
    guard let known, !known.isOn else { return nil }
    let key = try await accounts.dataKeys.key(of: scope)
    return Enrolment(try known.secret(by: key, in: scope), of: session)
  }

  /// Turns it on. The session goes on under another token, since it may do more from now on.
  static func confirm(
    _ form: Form, _ session: AccountSession, by accounts: Accounts
  ) async throws -> (codes: Codes, cookie: SetCookie?) {
    let scope = session.scope
    let key = try await accounts.dataKeys.key(of: scope)
    var turnedOn: (codes: Codes, cookie: SetCookie?)?
    try await SecondFactor.throttled(scope, by: accounts) {
      guard case .digits(let digits) = SecondFactorCode(form.code) else { return false }
      turnedOn = try await accounts.database.transaction(in: scope) { tx in
        try await turnOn(digits, key, session, in: tx, accounts)
      }
      return turnedOn != nil
    }
    guard let turnedOn else { throw SignIn.Refusal.wrongCode }
    return turnedOn
  }

  private nonisolated(nonsending) static func turnOn(
    _ digits: String, _ key: SecretKey, _ session: AccountSession, in tx: Transaction,
    _ accounts: Accounts
  ) async throws -> (codes: Codes, cookie: SetCookie?)? {
    let scope = session.scope
    let now = accounts.now
    guard let known = try await tx.first(Authenticator.find(in: scope, locked: true)) else {
      throw SecondFactor.Refusal.notStarted
    }
    guard !known.isOn else { throw SecondFactor.Refusal.alreadyOn }
    guard let step = try known.step(of: digits, key: key, in: scope, now: now) else { return nil }
    _ = try await tx.run(
      Command(
        """
        UPDATE account_totp SET confirmed_at = \(now), last_step = \(step)
         WHERE account_id = \(scope.id)
        """),
      try accounts.send(.secondFactorOn, to: scope))
    let codes = try await SecondFactor.replaceCodes(by: key, in: scope, tx)
    let cookie = try await accounts.renewBrowserSession(session, in: tx)
    return (Codes(recoveryCodes: codes), cookie)
  }

  // MARK: API

  static func routes(of accounts: Accounts) -> [Route] {
    [
      .api(
        .post, "/api/me/totp", "Begin setting up a second factor", for: accounts.confirmed,
        of: accounts.api, answers: [200: Enrolment.schema], refusals: [409], isExempt: true
      ) { call in try Answer(200, try await start(call.granted, by: accounts)) },
      .api(
        .post, "/api/me/totp/confirm", "Turn the second factor on", for: accounts.confirmed,
        takes: Form.fields, of: accounts.api, answers: [200: Codes.schema],
        refusals: [401, 409], isExempt: true
      ) { call in
        try Answer(200, try await confirm(call.form, call.granted, by: accounts).codes)
      },
    ]
  }
}
