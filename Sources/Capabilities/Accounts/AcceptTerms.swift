import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Agreeing to the terms that are in force, where they have changed since one agreed.
enum AcceptTerms {
  struct Form: Sendable {
    let version: String

    static let fields = Fields(Field("accept_terms", .choice([Terms.version])), as: Form.init)
  }

  static func acceptance(_ form: Form, in scope: AccountScope, now: Date) -> Command {
    Command(
      """
      UPDATE accounts SET terms_version = \(form.version), terms_accepted_at = \(now)
       WHERE account_id = \(scope.id)
      """)
  }

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/me/terms", "Accept the terms in force", for: accounts.signedIn,
      takes: Form.fields, of: accounts.api, answers: [204: nil]
    ) { call in
      try await call.transaction(in: call.granted.scope) { tx in
        try await tx.run(acceptance(call.form, in: call.granted.scope, now: accounts.now))
        return .noContent
      }
    }
  }

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, Site.acceptTermsPath, for: accounts.signedIn, of: accounts.site) { visit in
        let destination = SignIn.Destination.of(visit.request.query)
        return .privatePage(page(FilledForm(Form.fields.schema), destination, in: visit.frame))
      },
      .page(
        .post, Site.acceptTermsPath, for: accounts.signedIn, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { visit in
        let destination = SignIn.Destination.of(visit.request.body.input ?? .object([]))
        return try await visit.form(Form.fields) { form in
          try await accounts.database.run(
            acceptance(form, in: visit.granted.scope, now: accounts.now), in: visit.granted.scope)
          return .redirect(to: destination.path, saying: .termsAccepted, of: visit.site)
        } again: {
          page($0, destination, in: visit.frame)
        }
      },
    ]
  }

  static func page(
    _ form: FilledForm, _ destination: SignIn.Destination, in frame: Frame
  ) -> HTML {
    Page.sheet(
      title: "Terms",
      main: """
        <h1>\(text: "The terms of use have changed.")</h1>
        <p class="lede">\(text: "Read and accept them to go on.")</p>
        \(form.summary(labels: ["accept_terms": "Terms"]))
        <form method="post" action="\(url: Site.acceptTermsPath)" class="stack">
        <input type="hidden" name="return_to" value="\(destination.path)">
        <p><a href="/terms">\(text: "Read the terms")</a></p>
        \(form.tick("accept_terms", value: Terms.version, label: "I accept the terms of use"))
        <div class="actions"><button class="button primary">\(text: "Go on")</button></div>
        </form>
        <p class="aside">\(text: "You would rather not?")
        <a href="\(url: AccountPage.Part.data.path)">\(text: "Take your data or erase the account")</a></p>
        """, in: frame)
  }
}
