import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Name, language, time zone and colours of an account.
enum EditProfile {
  struct Form: Sendable {
    /// What is nil stays as it is.
    var name: String?
    /// A language's code; the inner nil is for as the browser asks.
    var language: String??
    let timeZone: String?
    let theme: Theme?
    /// Of the profile that was read, so that no change of somebody else is lost unseen.
    var version: Int?

    static func fields(_ languages: Languages) -> Fields<Form> {
      Fields(
        Field("name", .part(.text(max: 200), blank: "")),
        Field(
          "language", .part(.optional(.choice(languages.all.map(\.code))), blank: nil)),
        Field("time_zone", .optional(.choice(TimeZones.names))),
        Field("theme", .optional(.choice(of: Theme.self))),
        Field("version", .optional(.integer(1...Int(Int32.max)))), as: Form.init)
    }
  }

  enum Refusal: UserFacingError, Equatable {
    case versionConflict

    var code: String { "version_conflict" }
    var status: Int { 409 }
    var userMessage: UserMessage {
      UserMessage(
        "Your profile was changed elsewhere in the meantime.",
        next: "Load it again, and make your change anew.")
    }
  }

  /// Changes what is given, and nothing where the version is another by now.
  private static func update(_ form: Form, in scope: AccountScope) -> Command {
    Command(
      """
      UPDATE accounts
         SET name = coalesce(\(form.name as String?), name),
             language = CASE WHEN \(form.language != nil)
                             THEN \((form.language ?? nil) as String?) ELSE language END,
             time_zone = coalesce(\(form.timeZone as String?), time_zone),
             theme = coalesce(\(form.theme?.rawValue as String?), theme),
             version = version + 1
       WHERE account_id = \(scope.id) AND version = coalesce(\(form.version as Int?), version)
      """)
  }

  static func perform(
    _ form: Form, in scope: AccountScope, by accounts: Accounts
  ) async throws -> AccountRow {
    try await accounts.database.transaction(in: scope) { tx in
      guard try await tx.run(update(form, in: scope)) == 1 else { throw Refusal.versionConflict }
      return try await tx.one(AccountRow.find(in: scope))
    }
  }

  // MARK: API

  static func route(of accounts: Accounts) -> Route {
    .api(
      .patch, "/api/me", "Change your profile", for: accounts.signedIn,
      takes: Form.fields(accounts.site.languages), of: accounts.api,
      answers: [200: ShowMe.Profile.schema], refusals: [409]
    ) { call in
      var form = call.form
      if let condition = call.request.header("if-match"), condition != "*" {
        form.version = version(in: condition)
      }
      let row = try await perform(form, in: call.granted.scope, by: accounts)
      return try Answer(200, ShowMe.Profile(row, call.granted))
    }
  }

  /// Of `If-Match: "3"`, with or without its quotes. What is no version matches none.
  static func version(in condition: String) -> Int {
    Int(condition.filter { $0 != "\"" }) ?? 0
  }

  // MARK: Page

  private static let path = AccountPage.Part.profile.path

  static func pages(of accounts: Accounts) -> [Route] {
    let fields = Form.fields(accounts.site.languages)
    return [
      .page(.get, path, for: accounts.signedIn, of: accounts.site) { visit in
        let row = try await accounts.database.one(
          AccountRow.find(in: visit.granted.scope), in: visit.granted.scope)
        let form = FilledForm(fields.schema, given: row.asTyped)
        return .privatePage(page(form, of: visit.granted, in: visit.frame))
      },
      .page(
        .post, path, for: accounts.signedIn, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { visit in
        try await visit.form(fields) { form in
          _ = try await perform(form, in: visit.granted.scope, by: accounts)
          var response = Response.redirect(to: path, saying: .profileSaved, of: visit.site)
          response.forgetPreferences(of: visit.site)
          return response
        } again: {
          page($0, of: visit.granted, in: visit.frame)
        }
      },
    ]
  }

  static func page(_ form: FilledForm, of session: AccountSession, in frame: Frame) -> HTML {
    let labels: [String: Text] = [
      "name": "Your name", "language": "Language", "time_zone": "Time zone", "theme": "Colours",
    ]
    return AccountPage(
      part: .profile,
      main: """
        <section class="section card">
        \(form.summary(labels: labels))
        <form method="post" action="\(url: path)" class="stack">
        \(form.hidden("version"))
        \(form.field("name", label: "Your name", help: "As your customers and staff will see it.", autocomplete: "name"))
        \(form.select("language", label: "Language", chosen: "", options: languages(in: frame)))
        \(form.select("time_zone", label: "Time zone", chosen: "UTC", options: timeZones))
        \(form.select("theme", label: "Colours", chosen: Theme.system.rawValue, options: Theme.allCases.map { ($0.rawValue, $0.name) }))
        <div class="actions"><button class="button primary">\(text: "Save")</button></div>
        </form>
        </section>
        \(address(of: session))
        """
    ).html(in: frame)
  }

  private static func address(of session: AccountSession) -> HTML {
    """
    <section class="section card">
    <h2>\(text: "E-mail address")</h2>
    <p class="stands"><bdi>\(session.email)</bdi>
    \(session.isVerified ? Badge.html("Verified", .good) : Badge.html("Not verified", .warn))</p>
    <p class="actions"><a class="button" href="\(url: ChangeEmail.path)">\(text: "Change the address")</a></p>
    </section>
    """
  }

  private static func languages(in frame: Frame) -> [(value: String, label: Text)] {
    let automatic: Text = "As the browser asks"
    return [("", automatic)] + frame.languages.map { ($0.code, "\($0.name)") }
  }

  private static var timeZones: [(value: String, label: Text)] {
    TimeZones.names.map { ($0, "\($0.replacing("_", with: " "))") }
  }
}

extension AccountRow {
  /// As the form sends it.
  fileprivate var asTyped: InputValue {
    .form([
      .init("name", .string(name)), .init("language", .string(language ?? "")),
      .init("time_zone", .string(timeZone)), .init("theme", .string(theme)),
      .init("version", .string("\(version)")),
    ])
  }
}
