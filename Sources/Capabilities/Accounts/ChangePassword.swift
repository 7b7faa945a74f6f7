import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Secrets
import Web

/// Changing the password while one still knows the old one.
enum ChangePassword {
  struct Form: Sendable {
    let current: String
    let new: String

    static let fields = Fields(
      Field("current_password", .password(max: NewPassword.longest)),
      Field("new_password", NewPassword.kind), as: Form.init)
  }

  /// All that takes long, before the transaction.
  /// - Returns: What stores the new password.
  static func prepare(
    _ form: Form, of session: AccountSession, by accounts: Accounts
  ) async throws -> Command {
    let scope = session.scope
    let stored = try await CurrentPassword.check(form.current, of: scope, by: accounts)
    try NewPassword.check(form.new, in: "new_password", of: EmailAddress(session.email))
    let hash = try await accounts.passwords.hash(form.new)
    // Whoever changed it meanwhile has proven it with a password that is no longer right.
    return Command(
      """
      UPDATE accounts SET password_hash = \(hash.text)
       WHERE account_id = \(scope.id) AND password_hash = \(stored as String?)
      """)
  }

  /// Ends every other session, and what was on its way by mail to whoever may have asked for it.
  nonisolated(nonsending) static func perform(
    _ change: Command, of session: AccountSession, in tx: Transaction, by accounts: Accounts
  ) async throws {
    let scope = session.scope
    guard try await tx.run(change) == 1 else { throw CurrentPassword.Refusal.wrongPassword }
    _ = try await tx.run(
      AccountLink.removeAll(of: .resetPassword, in: scope),
      accounts.endSessions(except: session.id, in: scope),
      try accounts.send(.passwordChanged, to: scope))
  }

  // MARK: API

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/me/password", "Change your password", for: accounts.signedIn,
      takes: Form.fields, of: accounts.api, answers: [204: nil], refusals: [403, 503],
      isExempt: true
    ) { call in
      let session = call.granted
      let change = try await prepare(call.form, of: session, by: accounts)
      try await accounts.database.transaction(in: session.scope) { tx in
        try await perform(change, of: session, in: tx, by: accounts)
      }
      return .noContent
    }
  }

  // MARK: Page

  private static let path = AccountPage.Part.security.path

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, path, for: accounts.signedIn, of: accounts.site) { visit in
        .privatePage(page(FilledForm(Form.fields.schema), visit.granted, in: visit.frame))
      },
      .page(
        .post, path, for: accounts.signedIn, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { visit in
        try await visit.form(Form.fields) { form in
          let session = visit.granted
          let change = try await prepare(form, of: session, by: accounts)
          let cookie = try await accounts.database.transaction(in: session.scope) { tx in
            try await perform(change, of: session, in: tx, by: accounts)
            return try await accounts.renewBrowserSession(session, in: tx)
          }
          var response = Response.redirect(to: path, saying: .passwordChanged, of: visit.site)
          if let cookie { response.set(cookie) }
          return response
        } again: {
          page($0, visit.granted, in: visit.frame)
        }
      },
    ]
  }

  static func page(_ form: FilledForm, _ session: AccountSession, in frame: Frame) -> HTML {
    AccountPage(
      part: .security,
      main: """
        <section class="section card">
        <h2>\(text: "Password")</h2>
        \(form.summary(labels: ["current_password": "Current password", "new_password": "New password"]))
        <form method="post" action="\(url: path)" class="stack">
        \(form.password("current_password", label: "Current password", autocomplete: "current-password"))
        \(NewPassword.field("new_password", of: form))
        <p class="help">\(text: "You stay signed in here, and nowhere else.")</p>
        <div class="actions"><button class="button primary">\(text: "Change the password")</button></div>
        </form>
        </section>
        \(ShowSecondFactor.summary(of: session))
        """
    ).html(in: frame)
  }
}
