import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Scope
import Web

/// The second page of signing in, for accounts with a second factor.
enum EnterCode {
  static let path = "/sign-in/code"

  struct Form: Sendable {
    let code: String

    static let fields = Fields(Field("code", SecondFactorCode.kind), as: Form.init)
  }

  /// What the first page answers with.
  static func ask(
    _ shown: ShownPassword, _ destination: SignIn.Destination, by accounts: Accounts
  ) throws -> Response {
    var response = Response.redirect(to: "\(path)?return_to=\(destination.path.queryEncoded)")
    if let cookie = try PendingSignIn.begin(shown, by: accounts) { response.set(cookie) }
    return response
  }

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, path, for: .anybody, of: accounts.site) { visit in
        let destination = SignIn.Destination.of(visit.request.query)
        guard try await PendingSignIn.of(visit.request, by: accounts) != nil else {
          return startAgain(destination)
        }
        return .privatePage(page(FilledForm(Form.fields.schema), destination, in: visit.frame))
      },
      .page(
        .post, path, for: .anybody, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { visit in
        let destination = SignIn.Destination.of(visit.request.body.input ?? .object([]))
        guard let pending = try await PendingSignIn.of(visit.request, by: accounts) else {
          return startAgain(destination)
        }
        return try await visit.form(Form.fields) { form in
          try await SecondFactor.check(form.code, of: pending.shown.account, by: accounts)
          var response = try await SignIn.enter(
            pending.shown, destination, on: visit.request, by: accounts)
          if let cookie = PendingSignIn.end(by: accounts) { response.set(cookie) }
          return response
        } again: {
          page($0, destination, in: visit.frame)
        }
      },
    ]
  }

  private static func startAgain(_ destination: SignIn.Destination) -> Response {
    .redirect(to: "\(Site.signInPath)?return_to=\(destination.path.queryEncoded)")
  }

  static func page(
    _ form: FilledForm, _ destination: SignIn.Destination, in frame: Frame
  ) -> HTML {
    Page(
      title: "Enter your code", styles: ["account.css"],
      main: """
        <div class="wrap"><div class="sheet">
        <h1>\(text: "Enter your code")</h1>
        <p class="lede">\(text: "Your account has a second factor.")</p>
        \(form.summary(labels: ["code": "Code"]))
        <form method="post" action="\(url: path)" class="stack">
        <input type="hidden" name="return_to" value="\(destination.path)">
        \(form.field("code", label: "Code", help: "The six digits that your authenticator shows, or a recovery code.", autocomplete: "one-time-code"))
        <div class="actions"><button class="button primary">\(text: "Sign in")</button>
        <a href="\(url: Site.signInPath)">\(text: "Start again")</a></div>
        </form>
        </div></div>
        """
    ).html(in: frame)
  }
}
