import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// The end of an account. Its row stays, empty, since books and orders point at it; who it was does not.
enum EraseAccount {
  struct Form: Sendable {
    /// Typed again, so that nobody does this by a slip.
    let email: EmailAddress

    static let fields = Fields(Field("email", .emailAddress), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case otherAddress
    case isOperator

    var code: String {
      switch self {
      case .otherAddress: "wrong_email"
      case .isOperator: "operator_account"
      }
    }

    var status: Int {
      switch self {
      case .otherAddress: 422
      case .isOperator: 409
      }
    }

    var userMessage: UserMessage {
      switch self {
      case .otherAddress:
        UserMessage("That is not the address of this account.", next: "Enter it as it is above.")
      case .isOperator:
        UserMessage(
          "The account of an operator cannot be erased.",
          next: "Have another operator take this role from you first.")
      }
    }
  }

  static func decide(_ form: Form, on session: AccountSession) throws(Refusal) {
    guard form.email.key == EmailAddress(session.email).key else { throw .otherAddress }
    guard !session.isOperator else { throw .isOperator }
  }

  static func perform(
    _ form: Form, of session: AccountSession, by accounts: Accounts
  ) async throws {
    try decide(form, on: session)
    let scope = session.scope
    try await accounts.database.transaction(in: scope) { tx in
      // Somebody may have been made an operator since the session was read.
      guard try await tx.run(emptied(scope)) == 1 else { throw Refusal.isOperator }
      for removal in removals(in: scope) { try await tx.run(Command(removal)) }
    }
  }

  private static func emptied(_ scope: AccountScope) -> Command {
    Command(
      """
      UPDATE accounts
         SET state = 'erased', email = NULL, email_key = NULL, email_verified_at = NULL, name = '',
             language = NULL, time_zone = 'UTC', theme = 'system', password_hash = NULL,
             version = version + 1
       WHERE account_id = \(scope.id) AND state = 'active' AND NOT is_operator
      """)
  }

  /// Refresh tokens go with their sessions.
  private static func removals(in scope: AccountScope) -> [SQL] {
    [
      "DELETE FROM account_sessions WHERE account_id = \(scope.id)",
      "DELETE FROM account_links WHERE account_id = \(scope.id)",
      "DELETE FROM email_changes WHERE account_id = \(scope.id)",
      "DELETE FROM account_devices WHERE account_id = \(scope.id)",
      "DELETE FROM recovery_codes WHERE account_id = \(scope.id)",
      "DELETE FROM account_totp WHERE account_id = \(scope.id)",
      "DELETE FROM account_keys WHERE account_id = \(scope.id)",
      "DELETE FROM idempotency_keys WHERE owner_id = \(scope.id)",
    ]
  }

  // MARK: API

  static func route(of accounts: Accounts) -> Route {
    .api(
      .delete, "/api/me", "Erase your account", for: accounts.confirmed, takes: Form.fields,
      of: accounts.api, answers: [204: nil], refusals: [403, 409, 422]
    ) { call in
      try await perform(call.form, of: call.granted, by: accounts)
      return .noContent
    }
  }

  // MARK: Page

  private static let path = AccountPage.Part.data.path

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, path, for: accounts.signedIn, of: accounts.site) { visit in
        let form = accounts.isConfirmed(visit.granted) ? FilledForm(Form.fields.schema) : nil
        return .privatePage(page(form, of: visit.granted, in: visit.frame))
      },
      .page(
        .post, path, for: accounts.confirmed, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { visit in
        try await visit.form(Form.fields) { form in
          try await perform(form, of: visit.granted, by: accounts)
          var response = Response.redirect(to: "/", saying: .erased, of: visit.site)
          if let cookie = accounts.sessionCookie(nil) { response.set(cookie) }
          return response
        } again: {
          page($0, of: visit.granted, in: visit.frame)
        }
      },
    ]
  }

  /// - Parameter form: Nil while it has to be confirmed first that it is the owner who asks.
  static func page(_ form: FilledForm?, of session: AccountSession, in frame: Frame) -> HTML {
    AccountPage(
      part: .data,
      main: """
        <section class="section card">
        <h2>\(text: "Take it with you")</h2>
        <p>\(text: "Everything that we keep about your account, as a file.")</p>
        <p class="actions"><a class="button" href="\(url: ExportAccount.path)" download>\
        \(text: "Download my data")</a></p>
        </section>
        <section class="section card">
        <h2>\(text: "Erase the account")</h2>
        <p>\(text: "Your name, address, password and sessions are removed at once, and cannot be brought back.")</p>
        \(form.map { erasing($0, session) } ?? confirming)
        </section>
        """
    ).html(in: frame)
  }

  private static func erasing(_ form: FilledForm, _ session: AccountSession) -> HTML {
    """
    \(form.summary(labels: ["email": "E-mail address"]))
    <form method="post" action="\(url: path)" class="stack">
    \(form.field("email", label: "E-mail address", help: "Type \(session.email) to show that you mean it."))
    <div class="actions"><button class="button danger">\(text: "Erase my account")</button></div>
    </form>
    """
  }

  private static var confirming: HTML {
    """
    <p class="actions"><a class="button" href="\(url: "\(Site.confirmPath)?return_to=\(path)")">\
    \(text: "Confirm that it is you")</a></p>
    """
  }
}
