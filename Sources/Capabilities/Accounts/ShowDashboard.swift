import Access
import FoundationEssentials
package import HTML
package import HTTPServer
import PostgreSQL
package import Scope
package import Web

/// Where an account arrives: what to do first, how the account stands, and its shops.
enum ShowDashboard {
  struct Facts: Sendable {
    /// Where the account is signed in, this browser included.
    let sessions: Int
    let recoveryCodes: Int

    static func find(in scope: AccountScope, now: Date) -> Query<Facts> {
      Query(
        """
        SELECT (SELECT count(*) FROM account_sessions
                 WHERE account_id = \(scope.id) AND expires_at > \(now)) AS sessions,
               (SELECT count(*) FROM recovery_codes WHERE account_id = \(scope.id)) AS codes
        """
      ) { row throws(RowError) in
        Facts(sessions: try row.get("sessions"), recoveryCodes: try row.get("codes"))
      }
    }
  }

  /// What is best done before anything else, the most pressing first.
  enum Task: Equatable {
    case verifyAddress, turnOnSecondFactor, renewRecoveryCodes
  }

  /// Too few to lose one.
  private static let fewCodes = 3

  static func tasks(of session: AccountSession, _ facts: Facts) -> [Task] {
    var tasks: [Task] = session.isVerified ? [] : [.verifyAddress]
    if !session.hasSecondFactor { tasks.append(.turnOnSecondFactor) }
    if session.hasSecondFactor, facts.recoveryCodes < fewCodes { tasks.append(.renewRecoveryCodes) }
    return tasks
  }

  static func page(
    _ session: AccountSession, _ facts: Facts, shops: HTML, in frame: Frame
  ) -> HTML {
    let tasks = tasks(of: session, facts)
    return AccountPage(
      part: .home, title: session.name.isEmpty ? "Welcome" : "Welcome, \(session.name)",
      main: """
        \(tasks.isEmpty ? nil : toDo(tasks, session, facts))
        \(shops)
        <section class="section">
        <h2>\(text: "Your account")</h2>
        <ul class="cards">
        \(profile(session))\(security(session, facts))\(sessions(facts))
        </ul>
        </section>
        """
    ).html(in: frame)
  }

  // MARK: To do

  private static func toDo(_ tasks: [Task], _ session: AccountSession, _ facts: Facts) -> HTML {
    """
    <section class="section">
    <h2>\(text: "To do first")</h2>
    <ul class="rows">
    \(tasks.map { row($0, session, facts) })
    </ul>
    </section>
    """
  }

  private static func row(_ task: Task, _ session: AccountSession, _ facts: Facts) -> HTML {
    switch task {
    case .verifyAddress:
      row(
        "Verify your address", "Open the link that we sent to \(session.email).",
        SendVerification.button)
    case .turnOnSecondFactor:
      row(
        "Turn on the second factor",
        "It keeps others out, even if they learn your password.",
        link(Site.secondFactorPath, "Set it up"))
    case .renewRecoveryCodes:
      row(
        "Get new recovery codes", "\(count: facts.recoveryCodes) recovery codes are left.",
        link(Site.secondFactorPath, "Get new ones"))
    }
  }

  private static func row(_ what: Text, _ why: Text, _ action: HTML) -> HTML {
    """
    <li><div><strong>\(text: what)</strong><p class="help">\(text: why)</p></div>\(action)</li>

    """
  }

  private static func link(_ path: String, _ words: Text) -> HTML {
    #"<a class="button" href="\#(url: path)">\#(text: words)</a>"#
  }

  // MARK: The account

  private static func profile(_ session: AccountSession) -> HTML {
    card(
      .profile,
      """
      <bdi>\(session.email)</bdi>
      \(session.isVerified ? Badge.html("Verified", .good) : Badge.html("Not verified", .warn))
      """)
  }

  private static func security(_ session: AccountSession, _ facts: Facts) -> HTML {
    card(
      .security,
      """
      \(text: "Second factor")
      \(session.hasSecondFactor ? Badge.html("On", .good) : Badge.html("Off", .warn))
      """)
  }

  private static func sessions(_ facts: Facts) -> HTML {
    card(.sessions, "\(text: "Signed in at \(count: facts.sessions) places")")
  }

  private static func card(_ part: AccountPage.Part, _ state: HTML) -> HTML {
    """
    <li class="card"><a href="\(url: part.path)">\(part.icon)\(text: part.name)</a>
    <p class="stands">\(state)</p></li>

    """
  }
}

extension Accounts {
  /// Where an account arrives. Its shops are another capability's to show.
  package func dashboard(
    _ visit: Visit<AccountSession>, shops: HTML
  ) async throws -> Response {
    let session = visit.granted
    let facts = try await database.one(
      ShowDashboard.Facts.find(in: session.scope, now: now), in: session.scope)
    return .privatePage(ShowDashboard.page(session, facts, shops: shops, in: visit.frame))
  }
}
