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

/// A new password for whoever has forgotten theirs and reads the mail of the account's address.
enum ResetPassword {
  static let path = "/reset"

  // MARK: Asking for the link

  struct Asking: Sendable {
    let email: EmailAddress

    static let fields = Fields(Field("email", .emailAddress), as: Asking.init)
  }

  /// Many people share one address of a carrier.
  private static let perAddress = Allowance("reset", 300, per: .seconds(900))
  /// Of one e-mail address, whether or not it is somebody's.
  private static let perEmail = Allowance("reset_email", 10, per: .seconds(3_600))

  /// Tells nobody whether the address is somebody's: where it is nobody's, the mail is queued for an
  /// account that does not exist, and ends with the queue. So both take the same work and the same time.
  static func ask(
    for email: EmailAddress, on request: Request, by accounts: Accounts
  ) async throws {
    let anybody = Guard.anybody()
    let database = accounts.database
    let now = accounts.now
    _ = try await perAddress.take(
      by: "\(request.clientAddress)", database: database, in: anybody, now: now)
    _ = try await perEmail.take(by: email.key, database: database, in: anybody, now: now)
    let facts = try await database.first(SignInFacts.find(email), in: anybody)
    let scope = Guard.job(for: facts?.account ?? accounts.context.newID())
    try await database.run(try accounts.send(.resetPassword, to: scope), in: scope)
  }

  // MARK: Choosing the password

  struct Form: Sendable {
    let token: SecretToken
    let password: String

    static let fields = Fields(
      Field("token", .secretToken()), Field("password", NewPassword.kind), as: Form.init)
  }

  /// Ends every session: whoever is in may be who the password was changed against. What else was on its
  /// way by mail ends too.
  static func perform(_ form: Form, by accounts: Accounts) async throws {
    guard let link = try await AccountLink.find(form.token, for: [.resetPassword], by: accounts)
    else { throw AccountLink.Over() }
    try NewPassword.check(form.password, in: "password", of: link.email)
    let hash = try await accounts.passwords.hash(form.password)
    let now = accounts.now
    let scope = link.scope
    try await accounts.database.transaction(in: scope) { tx in
      try await link.use(in: tx, now: now)
      let changed = try await tx.run(
        Command(
          """
          UPDATE accounts
             SET password_hash = \(hash.text), email_verified_at = coalesce(email_verified_at, \(now))
           WHERE account_id = \(scope.id) AND email_key = \(link.email.key) AND state = 'active'
          """))
      // The address has changed since the mail was sent.
      guard changed == 1 else { throw AccountLink.Over() }
      _ = try await tx.run(
        AccountLink.removeAll(in: scope), ChangeEmail.forget(in: scope),
        accounts.endSessions(except: nil, in: scope), try accounts.send(.passwordChanged, to: scope)
      )
    }
  }

  // MARK: API

  static func routes(of accounts: Accounts) -> [Route] {
    [
      .api(
        .post, "/api/auth/reset", "Ask for a link to a new password", for: .anybody,
        takes: Asking.fields, of: accounts.api, answers: [202: nil], isExempt: true
      ) { call in
        try await ask(for: call.form.email, on: call.request, by: accounts)
        return .accepted
      },
      .api(
        .post, "/api/auth/reset/complete", "Choose a new password", for: .anybody,
        takes: Form.fields, of: accounts.api, answers: [204: nil], refusals: [410, 503],
        isExempt: true
      ) { call in
        try await perform(call.form, by: accounts)
        return .noContent
      },
    ]
  }

  // MARK: Pages

  private struct PageForm: Sendable {
    let password: String

    static let fields = Fields(Field("password", NewPassword.kind), as: PageForm.init)
  }

  static func pages(of accounts: Accounts) -> [Route] {
    askingPages(of: accounts) + choosingPages(of: accounts)
  }

  private static func askingPages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, path, for: .anybody, of: accounts.site) { visit in
        .privatePage(askingPage(FilledForm(Asking.fields.schema), in: visit.frame))
      },
      .page(
        .post, path, for: .anybody, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { visit in
        try await visit.form(Asking.fields) { form in
          try await ask(for: form.email, on: visit.request, by: accounts)
          return .redirect(to: Site.signInPath, saying: .resetAsked, of: visit.site)
        } again: {
          askingPage($0, in: visit.frame)
        }
      },
    ]
  }

  private static func choosingPages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, "/reset/{token}", for: .anybody, of: accounts.site) { visit, token in
        let link = try await AccountLink.find(
          SecretToken(token), for: [.resetPassword], by: accounts)
        guard link != nil else { return over(in: visit.frame) }
        let form = FilledForm(PageForm.fields.schema)
        return .privatePage(choosingPage(form, token, in: visit.frame))
      },
      .page(
        .post, "/reset/{token}", for: .anybody, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { visit, token in
        try await visit.form(PageForm.fields) { form in
          do {
            try await perform(
              Form(token: SecretToken(token), password: form.password), by: accounts)
          } catch is AccountLink.Over {
            return over(in: visit.frame)
          }
          return .redirect(to: Site.signInPath, saying: .passwordChanged, of: visit.site)
        } again: {
          choosingPage($0, token, in: visit.frame)
        }
      },
    ]
  }

  private static func askingPage(_ form: FilledForm, in frame: Frame) -> HTML {
    Page.sheet(
      title: "New password",
      main: """
        <h1>\(text: "Forgotten your password?")</h1>
        <p class="lede">\(text: "We send a link to your address. With it you choose a new password.")</p>
        \(form.summary(labels: ["email": "E-mail address"]))
        <form method="post" action="\(url: path)" class="stack">
        \(form.field("email", label: "E-mail address", autocomplete: "username"))
        <div class="actions"><button class="button primary">\(text: "Send me the link")</button>
        <a href="\(url: Site.signInPath)">\(text: "Sign in")</a></div>
        </form>
        """, in: frame)
  }

  private static func choosingPage(_ form: FilledForm, _ token: String, in frame: Frame) -> HTML {
    Page.sheet(
      title: "New password",
      main: """
        <h1>\(text: "Choose a new password")</h1>
        \(form.summary(labels: ["password": "New password"]))
        <form method="post" action="\(url: "/reset/\(token)")" class="stack">
        \(NewPassword.field("password", of: form))
        <p class="help">\(text: "Wherever you are signed in now, you will be signed out.")</p>
        <div class="actions"><button class="button primary">\(text: "Change the password")</button></div>
        </form>
        """, in: frame)
  }

  private static func over(in frame: Frame) -> Response {
    .privatePage(
      Page.sheet(
        title: "New password",
        main: """
          <h1>\(text: "This link was used already, or is over.")</h1>
          <p class="lede">\(text: "A link works once, for half an hour.")</p>
          <p class="actions"><a class="button primary" href="\(url: path)">\(text: "Send me a new link")</a></p>
          """, in: frame), status: 410)
  }
}
