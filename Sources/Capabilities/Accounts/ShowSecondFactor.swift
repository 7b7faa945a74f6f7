import Access
import Documents
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Scope
import Web

/// The pages of the second factor: how it stands, setting it up, and what it takes to change it.
enum ShowSecondFactor {
  typealias Form = EnrolSecondFactor.Form

  static let path = Site.secondFactorPath
  static let startPath = "\(path)/start"
  static let offPath = "\(path)/off"
  static let codesPath = "\(path)/recovery-codes"

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, path, for: accounts.confirmed, of: accounts.site) { visit in
        .privatePage(try await page(FilledForm(Form.fields.schema), visit, by: accounts))
      },
      post(startPath, of: accounts) { visit in
        _ = try await EnrolSecondFactor.start(visit.granted, by: accounts)
        return .redirect(to: path)
      },
      post(path, of: accounts) { visit in
        try await form(visit, by: accounts) { form in
          let (codes, cookie) = try await EnrolSecondFactor.confirm(
            form, visit.granted, by: accounts)
          var response = Response.privatePage(
            codesPage(codes.recoveryCodes, isNew: true, in: visit.frame))
          if let cookie { response.set(cookie) }
          return response
        }
      },
      post(codesPath, of: accounts) { visit in
        try await form(visit, by: accounts) { form in
          let codes = try await RenewRecoveryCodes.perform(form, visit.granted, by: accounts)
          return .privatePage(codesPage(codes.recoveryCodes, isNew: false, in: visit.frame))
        }
      },
      post(offPath, of: accounts) { visit in
        try await form(visit, by: accounts) { form in
          let cookie = try await TurnOffSecondFactor.perform(form, visit.granted, by: accounts)
          var response = Response.redirect(to: path, saying: .secondFactorOff, of: visit.site)
          if let cookie { response.set(cookie) }
          return response
        }
      },
    ]
  }

  private static func post(
    _ path: String, of accounts: Accounts,
    _ handle: @escaping @Sendable (Visit<AccountSession>) async throws -> Response
  ) -> Route {
    .page(
      .post, path, for: accounts.confirmed, of: accounts.site,
      limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form]), handler: handle)
  }

  /// A form with a code, and the page again where it is refused.
  private static func form(
    _ visit: Visit<AccountSession>, by accounts: Accounts,
    _ handle: (Form) async throws -> Response
  ) async throws -> Response {
    var refused: FilledForm?
    let response = try await visit.form(Form.fields, handle) { form in
      refused = form
      return ""
    }
    guard let refused else { return response }
    return .privatePage(try await page(refused, visit, by: accounts), status: response.status)
  }

  private static func page(
    _ form: FilledForm, _ visit: Visit<AccountSession>, by accounts: Accounts
  ) async throws -> HTML {
    let session = visit.granted
    let scope = session.scope
    let part: HTML =
      if session.hasSecondFactor {
        on(
          form,
          codesLeft: try await accounts.database.one(
            SecondFactor.codesLeft(in: scope), in: scope))
      } else if let enrolment = try await EnrolSecondFactor.waiting(session, by: accounts) {
        try waiting(enrolment, form)
      } else {
        off(form)
      }
    return securityPage(titled: "Second factor", part, in: visit.frame)
  }

  private static func securityPage(titled title: Text, _ part: HTML, in frame: Frame) -> HTML {
    AccountPage(
      part: .security, title: title, isInside: true,
      main: """
        <section class="section card">
        \(part)
        </section>
        """
    ).html(in: frame)
  }

  /// Among the other parts of security.
  static func summary(of session: AccountSession) -> HTML {
    """
    <section class="section card">
    <div class="stands"><h2>\(text: "Second factor")</h2> \(state(isOn: session.hasSecondFactor))</div>
    <p>\(text: explanation)</p>
    <p class="actions"><a class="button" href="\(url: path)">\
    \(text: session.hasSecondFactor ? "Change it" : "Set it up")</a></p>
    </section>
    """
  }

  private static func state(isOn: Bool) -> HTML {
    isOn ? Badge.html("On", .good) : Badge.html("Off", .warn)
  }

  private static var explanation: Text {
    "A second factor keeps others out of your account even when they know your password: an app on your phone shows a new code every 30 seconds."
  }

  // MARK: Off

  private static func off(_ form: FilledForm) -> HTML {
    """
    <p>\(state(isOn: false))</p>
    <p>\(text: explanation)</p>
    \(form.summary(labels: ["code": "Code"]))
    <form method="post" action="\(url: startPath)" class="stack">
    <div class="actions"><button class="button primary">\(text: "Set it up")</button></div>
    </form>
    """
  }

  // MARK: Waiting for the first code

  private static func waiting(
    _ enrolment: EnrolSecondFactor.Enrolment, _ form: FilledForm
  ) throws -> HTML {
    """
    <p>\(state(isOn: false))</p>
    <p>\(text: "Add this key to your authenticator app, then enter the code that it shows.")</p>
    <div class="qr">\(try QRCode(enrolment.uri).svg(label: "The key, for a camera"))</div>
    <p>\(text: "Key")<br><span class="code" dir="ltr">\(inGroups(enrolment.secret))</span></p>
    <p><a\(attribute: "href", enrolment.uri)>\(text: "Open it in the app on this device")</a></p>
    \(codeForm(form, to: path, button: "Turn it on"))
    <form method="post" action="\(url: startPath)"><button class="plain">\(text: "Make another key")</button></form>
    """
  }

  /// As it is easy to copy by hand.
  private static func inGroups(_ secret: String) -> String {
    let signs = Array(secret)
    return stride(from: 0, to: signs.count, by: 4)
      .map { String(signs[$0..<min($0 + 4, signs.count)]) }.joined(separator: " ")
  }

  // MARK: On

  private static func on(_ form: FilledForm, codesLeft: Int) -> HTML {
    """
    <p>\(state(isOn: true))</p>
    <p>\(text: "Signing in asks for a code of your authenticator.")</p>
    <p>\(text: "\(count: codesLeft) recovery codes are left.")</p>
    \(form.summary(labels: ["code": "Code"]))
    <form method="post" action="\(url: codesPath)" class="stack">
    \(form.field("code", label: "Code", help: codeHelp, autocomplete: "one-time-code"))
    <div class="actions"><button class="button">\(text: "Get new recovery codes")</button>
    <button class="button danger"\(attribute: "formaction", offPath)>\(text: "Turn it off")</button></div>
    </form>
    """
  }

  // MARK: Parts

  private static var codeHelp: Text {
    "The six digits that your authenticator shows, or a recovery code."
  }

  private static func codeForm(_ form: FilledForm, to path: String, button: Text) -> HTML {
    """
    \(form.summary(labels: ["code": "Code"]))
    <form method="post" action="\(url: path)" class="stack">
    \(form.field("code", label: "Code", help: "The six digits that your authenticator shows.", autocomplete: "one-time-code"))
    <div class="actions"><button class="button primary">\(text: button)</button></div>
    </form>
    """
  }

  private static func codesPage(_ codes: [String], isNew: Bool, in frame: Frame) -> HTML {
    securityPage(
      titled: "Your recovery codes",
      """
      \(isNew ? Notice.html("Your second factor is on.", .good) : nil)
      <p>\(text: "Each lets you in once without your authenticator. Keep them where others do not look: they are shown this one time.")</p>
      <ul class="codes" dir="ltr">
      \(codes.map { "<li class=\"code\">\($0)</li>" as HTML })
      </ul>
      <div class="actions"><a class="button primary" href="\(url: path)">\(text: "I have kept them")</a></div>
      """, in: frame)
  }
}
