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

/// Making an account: by a program, or by somebody in front of a form.
enum Register {
  struct Form: Sendable {
    let email: EmailAddress
    let password: String
    let name: String
    /// Of the terms that were accepted.
    let terms: String

    static let fields = Fields(
      Field("email", .emailAddress), Field("password", NewPassword.kind),
      Field("name", .optional(.text(max: 200), default: "")),
      Field("accept_terms", .choice([Terms.version])), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case emailTaken

    var code: String { "email_taken" }
    var status: Int { 409 }
    var userMessage: UserMessage {
      UserMessage(
        "There is an account with this e-mail address.",
        next: "Sign in, or reset the password if you have forgotten it.")
    }
  }

  /// Many people share one address of a carrier.
  private static let perAddress = Allowance("register", 600, per: .seconds(900))
  /// Of one e-mail address: enough for whoever mistypes, too few to be of use to others.
  private static let perEmail = Allowance("register_email", 30, per: .seconds(900))

  /// - Parameter open: Signs the new account in, in the transaction that makes it.
  static func perform<Opened: Sendable>(
    _ form: Form, on request: Request, by accounts: Accounts,
    open: nonisolated(nonsending) @Sendable (AccountScope, Transaction) async throws -> Opened
  ) async throws -> (account: ID<Account>, opened: Opened) {
    let anybody = Guard.anybody()
    let database = accounts.database
    let now = accounts.now
    _ = try await perAddress.take(
      by: "\(request.clientAddress)", database: database, in: anybody, now: now)
    _ = try await perEmail.take(by: form.email.key, database: database, in: anybody, now: now)
    try NewPassword.check(form.password, in: "password", of: form.email)
    // Looked up before the password is hashed, which is what costs; the unique key decides.
    guard try await database.first(SignInFacts.find(form.email), in: anybody) == nil else {
      throw Refusal.emailTaken
    }
    let hash = try await accounts.passwords.hash(form.password)
    let scope = Guard.newAccount(accounts.context)
    do {
      let opened = try await database.transaction(in: scope) { tx in
        _ = try await tx.run(
          insert(form, hash, in: scope, now: now), try accounts.send(.welcome, to: scope))
        return try await open(scope, tx)
      }
      return (scope.id, opened)
    } catch let error as PostgreSQLError where error.serverError?.state == .uniqueViolation {
      throw Refusal.emailTaken
    }
  }

  private static func insert(
    _ form: Form, _ hash: PasswordHash, in scope: AccountScope, now: Date
  ) -> Command {
    Command(
      """
      INSERT INTO accounts
        (account_id, email, email_key, name, language, password_hash, terms_version,
         terms_accepted_at, created_at)
      VALUES (\(scope.id), \(form.email.text), \(form.email.key), \(form.name),
              \(Language.current.code), \(hash.text), \(form.terms), \(now), \(now))
      """)
  }

  // MARK: API

  struct Registered: Encodable, Sendable {
    struct Account: Encodable, Sendable {
      let id: String
      let email: String
      let name: String
    }
    let account: Account
    let accessToken: String
    let refreshToken: String
    let expiresIn: Int
  }

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/auth/register", "Make an account", for: .anybody, takes: Form.fields,
      of: accounts.api, answers: [201: Registered.schema], refusals: [409, 503], isExempt: true
    ) { call in
      let form = call.form
      let (account, tokens) = try await perform(form, on: call.request, by: accounts) { scope, tx in
        try await accounts.openAPISession(for: scope, on: call.request, in: tx)
      }
      return try Answer(
        201,
        Registered(
          account: .init(id: "\(account)", email: form.email.text, name: form.name),
          accessToken: tokens.accessToken, refreshToken: tokens.refreshToken,
          expiresIn: tokens.expiresIn))
    }
  }

  // MARK: Page

  static let path = Site.signUpPath

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, path, for: accounts.anybodySeen, of: accounts.site) { visit in
        let destination = SignIn.Destination.of(visit.request.query)
        if visit.granted != nil { return .redirect(to: destination.path) }
        return .privatePage(page(FilledForm(Form.fields.schema), destination, in: visit.frame))
      },
      .page(
        .post, path, for: .anybody, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { visit in
        let destination = SignIn.Destination.of(visit.request.body.input ?? .object([]))
        return try await visit.form(Form.fields) { form in
          let (_, cookie) = try await perform(form, on: visit.request, by: accounts) { scope, tx in
            try await accounts.openBrowserSession(for: scope, on: visit.request, in: tx)
          }
          var response = Response.redirect(
            to: destination.path, saying: .verificationSent, of: visit.site)
          if let cookie { response.set(cookie) }
          return response
        } again: {
          page($0, destination, in: visit.frame)
        }
      },
    ]
  }

  static func page(
    _ form: FilledForm, _ destination: SignIn.Destination, in frame: Frame
  ) -> HTML {
    let labels: [String: Text] = [
      "name": "Your name", "email": "E-mail address", "password": "Password",
      "accept_terms": "Terms",
    ]
    return Page(
      title: "Open an account", styles: ["account.css"],
      main: """
        <div class="wrap"><div class="sheet">
        <h1>\(text: "Open an account")</h1>
        <p class="lede">\(text: "One account for every shop that you run or buy from.")</p>
        \(form.summary(labels: labels))
        <form method="post" action="\(url: path)" class="stack">
        <input type="hidden" name="return_to" value="\(destination.path)">
        \(form.field("name", label: "Your name", help: "As your customers and staff will see it.", autocomplete: "name"))
        \(form.field("email", label: "E-mail address", autocomplete: "email"))
        \(form.password("password", label: "Password", help: "At least \(NewPassword.shortest) characters. A few words are easy to remember.", autocomplete: "new-password"))
        \(form.tick("accept_terms", value: Terms.version, label: "I accept the terms of use"))
        <p class="help"><a href="/terms">\(text: "Read the terms")</a></p>
        <div class="actions"><button class="button primary">\(text: "Open the account")</button></div>
        </form>
        <p class="aside">\(text: "You have an account already?")
        <a href="\(url: Site.signInPath)">\(text: "Sign in")</a></p>
        </div></div>
        """
    ).html(in: frame)
  }
}
