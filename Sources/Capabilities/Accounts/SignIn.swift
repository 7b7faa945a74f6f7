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

/// Signing in by e-mail address, password and, where there is one, the second factor.
enum SignIn {
  struct Form: Sendable {
    let email: EmailAddress
    let password: String
    /// Six digits of an authenticator, or a recovery code.
    let code: String?

    static let fields = Fields(
      Field("email", .emailAddress), Field("password", .password(max: NewPassword.longest)),
      Field("totp", .optional(SecondFactorCode.kind)), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case wrongCredentials
    case secondFactorNeeded
    case wrongCode

    var code: String {
      switch self {
      case .wrongCredentials: "wrong_credentials"
      case .secondFactorNeeded: "second_factor_needed"
      case .wrongCode: "wrong_code"
      }
    }

    var status: Int { 401 }

    var userMessage: UserMessage {
      switch self {
      case .wrongCredentials:
        UserMessage(
          "The address or the password is not right.",
          next: "Try again, or reset the password.")
      case .secondFactorNeeded:
        UserMessage(
          "This account has a second factor.",
          next: "Enter the six digits that your authenticator shows.")
      case .wrongCode:
        UserMessage(
          "That code is not right, or was used before.",
          next: "Wait for the next one, or use a recovery code.")
      }
    }
  }

  private static let perAddress = Allowance("sign_in", 600, per: .seconds(900))
  /// Per e-mail address, whether or not it is somebody's.
  private static let perEmail = Throttle(
    "sign_in_email", free: 10, firstWait: .seconds(2), longestWait: .seconds(900),
    forgottenAfter: .seconds(3_600))

  /// Who an address and a password belong to. Takes as long for an address that nobody has.
  static func identify(
    _ form: Form, on request: Request, by accounts: Accounts
  ) async throws -> (facts: SignInFacts, shown: ShownPassword) {
    let anybody = Guard.anybody()
    let database = accounts.database
    let now = accounts.now
    _ = try await perAddress.take(
      by: "\(request.clientAddress)", database: database, in: anybody, now: now)
    try await perEmail.take(by: form.email.key, database: database, in: anybody, now: now)
    let facts = try await database.first(SignInFacts.find(form.email), in: anybody)
    let verdict = try await accounts.passwords.verify(
      form.password, against: facts?.passwordHash)
    guard let facts, let known = facts.passwordHash, verdict != .wrong else {
      throw Refusal.wrongCredentials
    }
    try await perEmail.forget(form.email.key, database: database, in: anybody)
    guard verdict == .rightButOutdated else {
      return (facts, ShownPassword(account: facts.account, hash: known))
    }
    let hash = try await accounts.passwords.hash(form.password)
    let updated = try await database.run(
      Command(
        """
        UPDATE accounts SET password_hash = \(hash.text)
         WHERE account_id = \(facts.account) AND password_hash = \(known.text)
        """), in: Guard.account(proven: facts.account))
    // Changed in the meantime, or hashed anew by another sign-in: which of them, a second look tells.
    guard updated == 1 else { return try await identify(form, on: request, by: accounts) }
    return (facts, ShownPassword(account: facts.account, hash: hash))
  }

  // MARK: API

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/auth/login", "Sign in", for: .anybody, takes: Form.fields, of: accounts.api,
      answers: [200: Register.Registered.schema], refusals: [401, 503], isExempt: true
    ) { call in
      let (facts, shown) = try await identify(call.form, on: call.request, by: accounts)
      if facts.hasSecondFactor {
        guard let code = call.form.code else { throw Refusal.secondFactorNeeded }
        try await SecondFactor.check(code, of: facts.account, by: accounts)
      }
      let scope = Guard.account(proven: facts.account)
      let agent = call.request.header("user-agent") ?? ""
      return try await accounts.database.transaction(in: scope) { tx in
        try await shown.hold(in: tx)
        let row = try await tx.one(AccountRow.find(in: scope))
        try await accounts.noteDevice(agent, in: scope, on: call.request, tx)
        let tokens = try await accounts.openAPISession(for: scope, on: call.request, in: tx)
        return try Answer(
          200,
          Register.Registered(
            account: .init(id: "\(row.id)", email: row.email, name: row.name),
            accessToken: tokens.accessToken, refreshToken: tokens.refreshToken,
            expiresIn: tokens.expiresIn))
      }
    }
  }

  // MARK: Pages

  /// Where to go after it.
  struct Destination: Sendable {
    let path: String

    static let fields = Fields(
      Field("return_to", .optional(.text(max: 2_000), default: "/dashboard")), as: Destination.init)

    init(path: String) { self.path = path.isAddressOfOurs ? path : "/dashboard" }

    static func of(_ input: InputValue) -> Destination {
      (try? fields.parse(input)) ?? Destination(path: "/dashboard")
    }
  }

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, Site.signInPath, for: accounts.anybodySeen, of: accounts.site) { visit in
        let destination = Destination.of(visit.request.query)
        if visit.granted != nil { return .redirect(to: destination.path) }
        return .privatePage(page(FilledForm(Form.fields.schema), destination, in: visit.frame))
      },
      .page(
        .post, Site.signInPath, for: .anybody, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { visit in
        let destination = Destination.of(visit.request.body.input ?? .object([]))
        return try await visit.form(Form.fields) { form in
          let (facts, shown) = try await identify(form, on: visit.request, by: accounts)
          guard !facts.hasSecondFactor else {
            return try EnterCode.ask(shown, destination, by: accounts)
          }
          return try await enter(shown, destination, on: visit.request, by: accounts)
        } again: {
          page($0, destination, in: visit.frame)
        }
      },
    ]
  }

  /// Signs a browser in.
  static func enter(
    _ shown: ShownPassword, _ destination: Destination, on request: Request, by accounts: Accounts
  ) async throws -> Response {
    let scope = Guard.account(proven: shown.account)
    let (token, isNew) = Device.token(of: request)
    let cookie = try await accounts.database.transaction(in: scope) { tx in
      try await shown.hold(in: tx)
      try await accounts.noteDevice(token, in: scope, on: request, tx)
      return try await accounts.openBrowserSession(for: scope, on: request, in: tx)
    }
    var response = Response.redirect(to: destination.path)
    if let cookie { response.set(cookie) }
    if isNew, let device = Device.cookie(token, of: accounts.site) { response.set(device) }
    return response
  }

  static func page(
    _ form: FilledForm, _ destination: Destination, in frame: Frame
  ) -> HTML {
    Page(
      title: "Sign in", styles: ["account.css"],
      main: """
        <div class="wrap"><div class="sheet">
        <h1>\(text: "Sign in")</h1>
        \(form.summary(labels: ["email": "E-mail address", "password": "Password"]))
        <form method="post" action="\(url: Site.signInPath)" class="stack">
        <input type="hidden" name="return_to" value="\(destination.path)">
        \(form.field("email", label: "E-mail address", autocomplete: "username"))
        \(form.password("password", label: "Password", autocomplete: "current-password"))
        <div class="actions"><button class="button primary">\(text: "Sign in")</button>
        <a href="/reset">\(text: "Forgotten your password?")</a></div>
        </form>
        <p class="aside">\(text: "You have no account yet?")
        <a href="\(url: Register.path)">\(text: "Open an account")</a></p>
        </div></div>
        """
    ).html(in: frame)
  }
}
