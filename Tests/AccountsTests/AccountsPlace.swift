import API
import DataKeys
import Foundation
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Synchronization
import TestSupport
import Web

@testable import Accounts
@testable import Secrets

/// The capability on a database of its own, with a clock that a test moves.
final class AccountsPlace: Sendable {
  static let password = "a swallow in March"

  let place: TestDatabase
  let accounts: Accounts
  private let clock: TestClock
  private let folder: String

  init() async throws {
    place = try await .own()
    clock = TestClock()
    let context = Context(now: clock.now, random: { UInt64.random(in: 0 ... .max) })
    folder = NSTemporaryDirectory() + "accounts-\(UUID().uuidString)"
    accounts = try .test(on: Database(pool: place.web), context: context, keysIn: folder)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var database: Database { accounts.database }
  var operators: Operators {
    Operators(database: Database(pool: place.operator), context: accounts.context)
  }

  func wait(_ seconds: TimeInterval) { clock.wait(seconds) }

  /// A new account with `password`, signed in with a browser.
  func openAccount(isVerified: Bool = true) async throws -> SignedIn {
    let scope = Guard.newAccount(accounts.context)
    let email = "\(scope.id)@example.com"
    let hash = try await accounts.passwords.hash(Self.password)
    let now = accounts.now
    try await database.run(
      Command(
        """
        INSERT INTO accounts
          (account_id, email, email_key, email_verified_at, password_hash, terms_version,
           terms_accepted_at, created_at)
        VALUES (\(scope.id), \(email), \(email), \((isVerified ? now : nil) as Date?), \(hash.text),
                '1.0', \(now), \(now))
        """), in: scope)
    return try await signIn(scope)
  }

  /// With another browser.
  func signIn(_ scope: AccountScope) async throws -> SignedIn {
    let token = SecretToken.random()
    let now = accounts.now
    try await database.run(
      Command(
        """
        INSERT INTO account_sessions
          (account_id, session_id, kind, token_hash, created_at, seen_at, expires_at, confirmed_at)
        VALUES (\(scope.id), \(accounts.context.newID(Session.self)), 'browser',
                \(Bytes(token.hash)), \(now), \(now), \(now + SessionLife.browser), \(now))
        """), in: scope)
    guard let session = try await session(token.text) else { throw Missing() }
    return SignedIn(token: token.text, session: session)
  }

  /// As the next request with this cookie finds it; nil when it is refused.
  func session(_ token: String) async throws -> AccountSession? {
    try await Guard.session(
      .cookie(hash: SecretToken(token).hash), at: accounts.now, database: database)
  }

  /// Turns the second factor on, and waits until the code that did it is over.
  func turnOn(_ person: SignedIn) async throws -> SecondFactorOn {
    let enrolment = try await EnrolSecondFactor.start(person.session, by: accounts)
    let app = AuthenticatorApp(enrolment)
    let (codes, cookie) = try await EnrolSecondFactor.confirm(
      .init(code: app.code(at: accounts.now)), person.session, by: accounts)
    guard let cookie, let session = try await session(cookie.value) else { throw Missing() }
    wait(60)
    return SecondFactorOn(
      app: app, codes: codes.recoveryCodes,
      person: SignedIn(token: cookie.value, session: session))
  }

  /// Kinds of the mails that are queued, in their order.
  func mails(to person: SignedIn) async throws -> [String] {
    let query = Query<String>(
      """
      SELECT payload ->> 'kind' AS kind FROM app.jobs
       WHERE name = 'accounts.mail' AND payload ->> 'account' = \(person.scope.id.uuid.uuidString)
       ORDER BY id
      """
    ) { row throws(RowError) in try row.get("kind") }
    return try await place.worker.run(query, as: .login)
  }

  struct Missing: Error {}
}

struct SignedIn: Sendable {
  /// Of the browser's cookie.
  let token: String
  let session: AccountSession

  var scope: AccountScope { session.scope }
}

struct SecondFactorOn: Sendable {
  let app: AuthenticatorApp
  let codes: [String]
  let person: SignedIn
}

/// Stands still until it is moved.
final class TestClock: Sendable {
  private let moment = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

  @Sendable func now() -> Date { moment.withLock(\.self) }
  func wait(_ seconds: TimeInterval) { moment.withLock { $0 += seconds } }
}

/// An authenticator that has scanned our QR code.
struct AuthenticatorApp: Sendable {
  private let secret: [UInt8]

  init(_ enrolment: EnrolSecondFactor.Enrolment) {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    var bits = enrolment.secret.flatMap { sign in
      let value = alphabet.firstIndex(of: sign)!
      return (0..<5).reversed().map { value >> $0 & 1 }
    }
    var bytes: [UInt8] = []
    while bits.count >= 8 {
      bytes.append(UInt8(bits.prefix(8).reduce(0) { $0 << 1 | $1 }))
      bits.removeFirst(8)
    }
    secret = bytes
  }

  func code(at moment: Date) -> String {
    TOTP.code(at: Int(moment.timeIntervalSince1970) / TOTP.stepSeconds, secret: secret)
  }
}
