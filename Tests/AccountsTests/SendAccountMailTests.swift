import FoundationEssentials
import HTML
import Jobs
import Mail
import Notices
import PostgreSQL
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Accounts
@testable import Scope

@Suite struct `A mail about an account` {
  private static let start = Date(timeIntervalSince1970: 1_774_044_000)

  /// What was sent, and what the mail server says to it.
  private final class PostOffice: Sendable {
    let sent = Mutex<[MailMessage]>([])
    let outcome = Mutex(MailServer.Outcome.accepted)

    func take(_ message: MailMessage) -> MailServer.Outcome {
      sent.withLock { $0.append(message) }
      return outcome.withLock { $0 }
    }
    var last: MailMessage? { sent.withLock { $0.last } }
    var count: Int { sent.withLock { $0.count } }
  }

  private final class Place: Sendable {
    let database: Database
    let post = PostOffice()
    let now = Mutex(start)

    init() async throws { database = Database(pool: try await TestDatabase.shared().web) }

    func account(
      email: String? = "ada@example.org", language: String? = "en", zone: String = "UTC",
      isVerified: Bool = false
    ) async throws -> AccountScope {
      let scope = Guard.newAccount(.system)
      // Of one realm no two have the same address, and each test has its own.
      let address = email.map { String("\(scope.id)".suffix(12)) + "-\($0)" }
      try await database.run(
        Command(
          """
          INSERT INTO accounts (account_id, email, email_key, name, language, time_zone,
            terms_version, terms_accepted_at, created_at, email_verified_at)
          VALUES (\(scope.id), \(address as String?), \(address as String?), 'Ada',
            \(language as String?), \(zone), '1.0', \(start), \(start),
            \((isVerified ? start : nil) as Date?))
          """), in: scope)
      return scope
    }

    func send(
      _ kind: AccountMail.Kind, to scope: AccountScope, address: String? = nil,
      device: String? = nil, at: Date = start, job: Int = 7
    ) async throws {
      let languages = try Languages(folder: "\(root)/Locales")
      let mail = SendAccountMail(
        database: database, context: Context(now: { self.now.withLock { $0 } }, random: { 0 }),
        languages: languages,
        letterhead: Letterhead(
          sender: MailAddress("noreply@shops.example", name: "Martlet")!,
          address: "https://shops.example"),
        baseURL: "https://shops.example", post: Postman { self.post.take($0) })
      try await mail.perform(
        AccountMail(kind: kind, account: scope.id.uuid, address: address, device: device, at: at),
        job: job)
    }

    /// The links of an account: purpose, seconds of life, and whether the last mail carries it.
    func links(of scope: AccountScope) async throws -> [String] {
      let token = post.last.map(token) ?? ""
      let hash = Bytes(SecretToken(token).hash)
      return try await database.all(
        Query(
          """
          SELECT purpose || ' ' || email || ' ' || extract(epoch FROM expires_at - created_at)::integer
                 || CASE WHEN token_hash = \(hash) THEN ' in the mail' ELSE '' END AS link
            FROM account_links WHERE account_id = \(scope.id) ORDER BY created_at, purpose
          """
        ) { row throws(RowError) in try row.get("link", as: String.self) }, in: scope)
    }

    private func token(in mail: MailMessage) -> String {
      mail.text.split(whereSeparator: \.isNewline).first { $0.hasPrefix("https://") }
        .flatMap { $0.split(separator: "/").last }.map(String.init) ?? ""
    }
  }

  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

  @Test(arguments: [
    (AccountMail.Kind.welcome, "verify_email", "/verify/", 604_800),
    (.verifyEmail, "verify_email", "/verify/", 604_800),
    (.resetPassword, "reset_password", "/reset/", 1_800),
    (.leaveEmail, "leave_email", "/email/", 86_400),
    (.takeEmail, "take_email", "/email/", 86_400),
  ])
  func `carries a link whose hash is stored, for its account alone`(
    kind: AccountMail.Kind, purpose: String, path: String, seconds: Int
  ) async throws {
    let place = try await Place()
    let (mine, theirs) = (try await place.account(), try await place.account())
    try await place.send(kind, to: mine, address: "to@example.net")
    let mail = try #require(place.post.last)
    #expect(mail.recipients == [MailAddress("to@example.net")!])
    #expect(mail.text.contains("https://shops.example\(path)"))
    #expect(try #require(mail.html).contains("https://shops.example\(path)"))
    #expect(
      try await place.links(of: mine) == ["\(purpose) to@example.net \(seconds) in the mail"])
    #expect(try await place.links(of: theirs) == [])
  }

  @Test(arguments: [
    AccountMail.Kind.newDevice, .passwordChanged, .emailChanged, .secondFactorOn,
    .secondFactorOff,
  ])
  func `that only tells makes no link`(kind: AccountMail.Kind) async throws {
    let place = try await Place()
    let account = try await place.account()
    try await place.send(kind, to: account)
    #expect(place.post.count == 1)
    #expect(try await place.links(of: account) == [])
  }

  @Test func `takes the place of an older one of its kind, and of no other`() async throws {
    let place = try await Place()
    let (mine, theirs) = (try await place.account(), try await place.account())
    try await place.send(.resetPassword, to: theirs)
    try await place.send(.verifyEmail, to: mine)
    try await place.send(.resetPassword, to: mine)
    place.now.withLock { $0 += 60 }
    try await place.send(.resetPassword, to: mine, at: Self.start + 60)
    let address = String("\(mine.id)".suffix(12)) + "-ada@example.org"
    #expect(
      try await place.links(of: mine) == [
        "verify_email \(address) 604800", "reset_password \(address) 1800 in the mail",
      ])
    #expect(try await place.links(of: theirs).count == 1)
  }

  @Test func `tried again leaves the link of the first attempt alive, and is known to be the same`()
    async throws
  {
    let place = try await Place()
    let account = try await place.account()
    place.post.outcome.withLock { $0 = .unknown }
    await #expect(throws: Postman.NotSent.self) {
      try await place.send(.resetPassword, to: account)
    }
    place.now.withLock { $0 += 5 }
    place.post.outcome.withLock { $0 = .accepted }
    try await place.send(.resetPassword, to: account)
    #expect(try await place.links(of: account).count == 2)
    let ids = place.post.sent.withLock { $0.map(\.id) }
    #expect(ids.count == 2 && ids[0] == ids[1])
  }

  @Test(arguments: [
    MailServer.Outcome.temporary(.reply(451)), .temporary(.unreachable), .unknown,
    .permanent(.loginRefused), .permanent(.insecure),
  ])
  func `is tried again where that may help`(outcome: MailServer.Outcome) async throws {
    let place = try await Place()
    let account = try await place.account()
    place.post.outcome.withLock { $0 = outcome }
    await #expect(throws: Postman.NotSent.self) {
      try await place.send(.passwordChanged, to: account)
    }
  }

  @Test(arguments: [MailServer.Outcome.permanent(.reply(550)), .permanent(.malformed)])
  func `is given up where the server does not want it, without a word of its address`(
    outcome: MailServer.Outcome
  ) async throws {
    let place = try await Place()
    let account = try await place.account()
    place.post.outcome.withLock { $0 = outcome }
    do {
      try await place.send(.passwordChanged, to: account)
      Issue.record("must be given up")
    } catch JobError.givenUp(let reason) {
      #expect(!reason.contains("@"))
    }
  }

  @Test func `is not sent to nobody`() async throws {
    let place = try await Place()
    let gone = try await place.account(email: nil)
    try await place.send(.passwordChanged, to: gone)
    try await place.send(.passwordChanged, to: Guard.newAccount(.system))
    let verified = try await place.account(isVerified: true)
    try await place.send(.verifyEmail, to: verified)
    #expect(place.post.count == 0)
    #expect(try await place.links(of: verified) == [])
  }

  @Test func `speaks the account's language, and tells its time`() async throws {
    let place = try await Place()
    let account = try await place.account(language: "fa", zone: "Asia/Tehran")
    try await place.send(.newDevice, to: account, device: "Mozilla/5.0 (X11; Linux) Firefox/140.0")
    let mail = try #require(place.post.last)
    #expect(mail.subject.text == "دستگاه تازه‌ای وارد حساب شما شد")
    #expect(mail.text.contains("۱ فروردین ۱۴۰۵"))
    #expect(mail.text.contains("۱:۳۰"))
    #expect(mail.text.contains("\u{2068}Firefox\u{2069} روی \u{2068}Linux\u{2069}"))
  }

  @Test func `knows no language that is not there, and speaks English`() async throws {
    let place = try await Place()
    try await place.send(.welcome, to: try await place.account(language: "xx"))
    #expect(place.post.last?.subject.text == "Welcome to Martlet")
  }

  @Test(arguments: AccountMail.Kind.allCases)
  func `has words of its own for every kind`(kind: AccountMail.Kind) async throws {
    let place = try await Place()
    let account = try await place.account()
    try await place.send(kind, to: account)
    let mail = try #require(place.post.last)
    #expect(!mail.subject.text.isEmpty)
    #expect(mail.subject.text.contains("{") == false)
    #expect(mail.sentAt == Self.start)
  }
}

@Suite struct `A device in words` {
  @Test(arguments: [
    (
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
      "Edge on Windows"
    ),
    (
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
      "Safari on iPhone"
    ),
    (
      "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
      "Chrome on Android"
    ),
    (
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0",
      "Firefox on macOS"
    ),
    ("curl/8.8.0", "curl"), ("", "An unknown device"),
    ("Mozilla/5.0 (compatible)", "An unknown device"),
    ("Call +1 555 0100 now/1", "Call"), ("evil.example/1", "An unknown device"),
    ("<b>x</b>", "An unknown device"),
  ])
  func `is what it is usually called, and never a sentence of its own`(agent: String, words: String)
    throws
  {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
    let english = try Languages(folder: "\(root)/Locales").english
    #expect(DeviceWords.of(agent).resolved(in: english) == words)
  }
}
