import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Saying once more who is there, before money and security: the password and, where there is one, the
/// second factor.
enum ConfirmIdentity {
  struct Form: Sendable {
    let password: String
    let code: String?

    static let fields = Fields(
      Field("password", .password(max: NewPassword.longest)),
      Field("totp", .optional(SecondFactorCode.kind)), as: Form.init)
  }

  /// - Returns: The browser's new cookie: its session may do more from now on. Nil for a program.
  static func perform(
    _ form: Form, _ session: AccountSession, by accounts: Accounts
  ) async throws -> SetCookie? {
    try await CurrentPassword.check(form.password, of: session.scope, by: accounts)
    if session.hasSecondFactor {
      guard let code = form.code else { throw SignIn.Refusal.secondFactorNeeded }
      try await SecondFactor.check(code, of: session.account, by: accounts)
    }
    return try await accounts.database.transaction(in: session.scope) { tx in
      try await tx.run(
        Command(
          """
          UPDATE account_sessions SET confirmed_at = \(accounts.now)
           WHERE account_id = \(session.account) AND session_id = \(session.id)
          """))
      return try await accounts.renewBrowserSession(session, in: tx)
    }
  }

  // MARK: API

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/auth/confirm", "Confirm who you are", for: accounts.signedIn,
      takes: Form.fields, of: accounts.api, answers: [204: nil], refusals: [401, 403, 503],
      isExempt: true
    ) { call in
      _ = try await perform(call.form, call.granted, by: accounts)
      return .noContent
    }
  }

  // MARK: Page

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, Site.confirmPath, for: accounts.signedIn, of: accounts.site) { visit in
        .privatePage(
          page(
            FilledForm(Form.fields.schema), visit.granted, .of(visit.request.query),
            in: visit.frame))
      },
      .page(
        .post, Site.confirmPath, for: accounts.signedIn, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { visit in
        let destination = SignIn.Destination.of(visit.request.body.input ?? .object([]))
        return try await visit.form(Form.fields) { form in
          let cookie = try await perform(form, visit.granted, by: accounts)
          var response = Response.redirect(to: destination.path)
          if let cookie { response.set(cookie) }
          return response
        } again: {
          page($0, visit.granted, destination, in: visit.frame)
        }
      },
    ]
  }

  static func page(
    _ form: FilledForm, _ session: AccountSession, _ destination: SignIn.Destination,
    in frame: Frame
  ) -> HTML {
    Page(
      title: "Confirm that it is you", styles: ["account.css"],
      main: """
        <div class="wrap"><div class="sheet">
        <h1>\(text: "Confirm that it is you")</h1>
        <p class="lede">\(text: "What comes next concerns the security of your account.")</p>
        \(form.summary(labels: ["password": "Password", "totp": "Code"]))
        <form method="post" action="\(url: Site.confirmPath)" class="stack">
        <input type="hidden" name="return_to" value="\(destination.path)">
        \(form.password("password", label: "Password", autocomplete: "current-password"))
        \(session.hasSecondFactor ? codeField(form) : nil)
        <div class="actions"><button class="button primary">\(text: "Confirm")</button>
        <a href="/reset">\(text: "Forgotten your password?")</a></div>
        </form>
        </div></div>
        """
    ).html(in: frame)
  }

  private static func codeField(_ form: FilledForm) -> HTML {
    form.field(
      "totp", label: "Code",
      help: "The six digits that your authenticator shows, or a recovery code.",
      autocomplete: "one-time-code")
  }
}
