import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Limits
import PostgreSQL
import Scope
import Secrets
import Web

/// Moving an account to another address. The holder of each address says so by a link: the new one, so
/// that nobody takes a mailbox that is not theirs; the old one, so that nobody takes the account.
enum ChangeEmail {
  struct Form: Sendable {
    let email: EmailAddress

    static let fields = Fields(Field("email", .emailAddress), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case sameAddress

    var code: String { "same_email" }
    var userMessage: UserMessage {
      UserMessage("That is your address already.", next: "Enter the one to change to.")
    }
  }

  /// A change that waits for its links.
  struct Pending: Sendable, Equatable {
    let newEmail: EmailAddress
    var isLeft: Bool
    var isTaken: Bool

    var isDone: Bool { isLeft && isTaken }

    static func find(in scope: AccountScope, now: Date) -> Query<Pending> {
      Query(
        """
        SELECT new_email, left_at IS NOT NULL AS is_left, taken_at IS NOT NULL AS is_taken
          FROM email_changes WHERE account_id = \(scope.id) AND asked_at > \(now - life)
        """, decode: read)
    }

    fileprivate static let read: Query<Pending>.Decode = { row throws(RowError) in
      Pending(
        newEmail: EmailAddress(try row.get("new_email")), isLeft: try row.get("is_left"),
        isTaken: try row.get("is_taken"))
    }
  }

  /// As long as its links.
  static let life: TimeInterval = 24 * 3_600

  private static let perAccount = Allowance("change_email", 10, per: .seconds(3_600))

  // MARK: Asking

  static func check(
    _ form: Form, of session: AccountSession, by accounts: Accounts
  ) async throws {
    guard form.email.key != EmailAddress(session.email).key else { throw Refusal.sameAddress }
    _ = try await perAccount.take(
      by: "\(session.account)", database: accounts.database, in: session.scope, now: accounts.now)
  }

  /// An address that was never verified may be mistyped, and then nobody could let go of it: the new one
  /// alone is asked. Whether the new one is somebody's already is not told.
  nonisolated(nonsending) static func ask(
    _ form: Form, of session: AccountSession, in tx: Transaction, by accounts: Accounts
  ) async throws {
    let scope = session.scope
    let now = accounts.now
    let leftAt = session.isVerified ? nil : now
    _ = try await tx.run(
      AccountLink.removeAll(of: .leaveEmail, in: scope),
      AccountLink.removeAll(of: .takeEmail, in: scope), forget(in: scope),
      Command(
        """
        INSERT INTO email_changes (account_id, new_email, asked_at, left_at)
        VALUES (\(scope.id), \(form.email.text), \(now), \(leftAt as Date?))
        """),
      try accounts.send(.takeEmail, to: scope, address: form.email.text))
    if session.isVerified {
      try await tx.run(try accounts.send(.leaveEmail, to: scope, address: session.email))
    }
  }

  static func forget(in scope: AccountScope) -> Command {
    Command("DELETE FROM email_changes WHERE account_id = \(scope.id)")
  }

  // MARK: Confirming

  /// - Returns: Whether that was the last word, and the address is changed.
  static func confirm(_ token: SecretToken, by accounts: Accounts) async throws -> Bool {
    let link = try await AccountLink.find(token, for: [.leaveEmail, .takeEmail], by: accounts)
    guard let link else { throw AccountLink.Over() }
    do {
      return try await accounts.database.transaction(in: link.scope) { tx in
        try await link.use(in: tx, now: accounts.now)
        guard let pending = try await tx.first(note(link, now: accounts.now)) else {
          throw AccountLink.Over()
        }
        if pending.isDone { try await move(to: pending.newEmail, of: link.scope, tx, accounts) }
        return pending.isDone
      }
    } catch let error as PostgreSQLError where error.serverError?.state == .uniqueViolation {
      throw Register.Refusal.emailTaken
    }
  }

  /// A link of an earlier change, or to an address that is no longer the account's, changes nothing.
  private static func note(_ link: AccountLink, now: Date) -> Query<Pending> {
    let isTaking = link.purpose == .takeEmail
    return Query(
      """
      UPDATE email_changes AS change
         SET taken_at = CASE WHEN \(isTaking) THEN \(now) ELSE taken_at END,
             left_at = CASE WHEN \(isTaking) THEN left_at ELSE \(now) END
        FROM accounts AS account
       WHERE change.account_id = \(link.scope.id) AND account.account_id = change.account_id
         AND \(link.email.text) = CASE WHEN \(isTaking) THEN new_email ELSE account.email END
      RETURNING new_email, left_at IS NOT NULL AS is_left, taken_at IS NOT NULL AS is_taken
      """, decode: Pending.read)
  }

  /// Links that were sent to the old address prove nothing about the new one, and go.
  private nonisolated(nonsending) static func move(
    to email: EmailAddress, of scope: AccountScope, _ tx: Transaction, _ accounts: Accounts
  ) async throws {
    let before = try await tx.one(AccountRow.find(in: scope))
    _ = try await tx.run(
      Command(
        """
        UPDATE accounts
           SET email = \(email.text), email_key = \(email.key), email_verified_at = \(accounts.now)
         WHERE account_id = \(scope.id)
        """),
      forget(in: scope), AccountLink.removeAll(in: scope))
    // Whoever holds an address that was never verified may be a stranger.
    guard before.isVerified else { return }
    try await tx.run(try accounts.send(.emailChanged, to: scope, address: before.email))
  }

  // MARK: API

  static func routes(of accounts: Accounts) -> [Route] {
    [
      .api(
        .post, "/api/me/email", "Change your e-mail address", for: accounts.confirmed,
        takes: Form.fields, of: accounts.api, answers: [202: nil], refusals: [403, 422]
      ) { call in
        let session = call.granted
        try await check(call.form, of: session, by: accounts)
        return try await call.transaction(in: session.scope) { tx in
          try await ask(call.form, of: session, in: tx, by: accounts)
          return .accepted
        }
      },
      .api(
        .post, "/api/auth/email", "Confirm a change of e-mail address", for: .anybody,
        takes: VerifyEmail.Form.fields, of: accounts.api,
        answers: [200: Confirmed.schema], refusals: [409, 410], isExempt: true
      ) { call in
        try Answer(200, Confirmed(changed: try await confirm(call.form.token, by: accounts)))
      },
    ]
  }

  struct Confirmed: Encodable, Sendable {
    /// False while the other address has not confirmed.
    let changed: Bool
  }

  // MARK: Pages

  static func pages(of accounts: Accounts) -> [Route] {
    askingPages(of: accounts) + confirmingPages(of: accounts)
  }

  static let path = "/account/email"

  private static func askingPages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, path, for: accounts.confirmed, of: accounts.site) { visit in
        .privatePage(
          try await page(FilledForm(Form.fields.schema), of: visit.granted, visit.frame, accounts))
      },
      .page(
        .post, path, for: accounts.confirmed, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { visit in
        let session = visit.granted
        let waiting = try await accounts.database.first(
          Pending.find(in: session.scope, now: accounts.now), in: session.scope)
        return try await visit.form(Form.fields) { form in
          try await check(form, of: session, by: accounts)
          try await accounts.database.transaction(in: session.scope) { tx in
            try await ask(form, of: session, in: tx, by: accounts)
          }
          return .redirect(to: path, saying: .emailChangeAsked, of: visit.site)
        } again: {
          page($0, of: session, waiting, in: visit.frame)
        }
      },
    ]
  }

  private static func page(
    _ form: FilledForm, of session: AccountSession, _ frame: Frame, _ accounts: Accounts
  ) async throws -> HTML {
    let waiting = try await accounts.database.first(
      Pending.find(in: session.scope, now: accounts.now), in: session.scope)
    return page(form, of: session, waiting, in: frame)
  }

  static func page(
    _ form: FilledForm, of session: AccountSession, _ waiting: Pending?, in frame: Frame
  ) -> HTML {
    AccountPage(
      part: .profile, title: "E-mail address", isInside: true,
      main: """
        <section class="section card">
        <p>\(text: "Your address is \(session.email).")</p>
        \(waiting.map(state))
        \(form.summary(labels: ["email": "New address"]))
        <form method="post" action="\(url: path)" class="stack">
        \(form.field("email", label: "New address", help: help(for: session), autocomplete: "email"))
        <div class="actions"><button class="button primary">\(text: "Send the links")</button></div>
        </form>
        </section>
        """
    ).html(in: frame)
  }

  private static func help(for session: AccountSession) -> Text {
    session.isVerified
      ? "We send a link to both addresses. Open both to change it."
      : "We send a link there. Open it to change your address."
  }

  private static func state(of pending: Pending) -> HTML {
    let missing: Text =
      pending.isLeft
      ? "Open the link that we sent there." : "Open the link that we sent to your present address."
    return Notice.html(
      "It is to become \(pending.newEmail.text).",
      next: pending.isLeft || pending.isTaken ? missing : "Open the links that we sent to both.",
      .info)
  }

  private static func confirmingPages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, "/email/{token}", for: accounts.anybodySeen, of: accounts.site) {
        visit, token in
        let link = try await AccountLink.find(
          SecretToken(token), for: [.leaveEmail, .takeEmail], by: accounts)
        guard let link else { return over(in: visit.frame) }
        let pending = try await accounts.database.first(
          Pending.find(in: link.scope, now: accounts.now), in: link.scope)
        guard let pending else { return over(in: visit.frame) }
        return .privatePage(confirmPage(pending, token, in: visit.frame))
      },
      .page(
        .post, "/email/{token}", for: accounts.anybodySeen, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { visit, token in
        do {
          let isChanged = try await confirm(SecretToken(token), by: accounts)
          return .redirect(
            to: visit.granted == nil ? Site.signInPath : path,
            saying: isChanged ? .emailChanged : .emailChangeHalf, of: visit.site)
        } catch is AccountLink.Over {
          return over(in: visit.frame)
        }
      },
    ]
  }

  private static func confirmPage(
    _ pending: Pending, _ token: String, in frame: Frame
  ) -> HTML {
    Page.sheet(
      title: "Change the address",
      main: """
        <h1>\(text: "Change the address")</h1>
        <p class="lede">\(text: "Your account is to move to \(pending.newEmail.text).")</p>
        <form method="post" action="\(url: "/email/\(token)")" class="actions">
        <button class="button primary">\(text: "Yes, change it")</button></form>
        """, in: frame)
  }

  private static func over(in frame: Frame) -> Response {
    .privatePage(
      Page.sheet(
        title: "Change the address",
        main: """
          <h1>\(text: "This link was used already, or is over.")</h1>
          <p class="lede">\(text: "Ask for the change again in your account.")</p>
          <p class="actions"><a class="button" href="\(url: path)">\(text: "Your account")</a></p>
          """, in: frame), status: 410)
  }
}
