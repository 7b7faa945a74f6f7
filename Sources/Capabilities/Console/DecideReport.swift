import API
import Access
import Accounts
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Shops
import Web

/// One report, and what the platform's people make of it.
enum DecideReport {
  struct Form: Sendable {
    let decision: ShopReport.Decision
    let reason: String
    let appeal: String?

    static let fields = Fields(
      Field("decision", .choice(of: ShopReport.Decision.self)),
      Field("reason", .multiline(max: 1_000)), Field("appeal", .optional(.multiline(max: 2_000))),
      as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case alreadyDecided

    var code: String { "already_decided" }
    var status: Int { 409 }
    var userMessage: UserMessage {
      UserMessage(
        "Somebody has decided on this report in the meantime.",
        next: "Load the page again to see how.")
    }
  }

  static func perform(
    _ form: Form, on id: ID<ShopReport>, by session: AccountSession, _ console: Console
  ) async throws -> ShopReport {
    let scope = try console.scope(of: session)
    return try await console.operatorDatabase().transaction(in: scope) { tx in
      guard let report = try await tx.first(query(id, "FOR UPDATE")) else { throw Denial.notFound }
      guard report.decision == nil else { throw Refusal.alreadyDecided }
      if let event = form.decision.event {
        try await MoveShop.perform(
          event, MoveShop.Form(reason: form.reason, appeal: form.appeal), of: report.shop,
          by: session, in: tx, console)
      }
      try await tx.run(
        Command(
          """
          UPDATE shop_reports
             SET decision = \(form.decision.rawValue), decided_by = \(session.account),
                 decided_at = \(console.now), reason = \(form.reason)
           WHERE shop_id = \(report.shop) AND id = \(id)
          """))
      return try await tx.one(query(id, ""))
    }
  }

  private static func query(_ id: ID<ShopReport>, _ lock: SQL) -> Query<ShopReport> {
    ShopReport.query(from: "shop_reports AS report WHERE report.id = \(id) \(lock)")
  }

  private static func find(
    _ id: ID<ShopReport>, for session: AccountSession, _ console: Console
  ) async throws -> (ShopReport, KnownShop) {
    let scope = try console.scope(of: session)
    guard let report = try await console.operatorDatabase().first(query(id, ""), in: scope) else {
      throw Denial.notFound
    }
    return (report, try await ShowShop.find(report.shop, for: session, by: console))
  }

  // MARK: API

  static func routes(of console: Console) -> [Route] {
    [
      .api(
        .get, "/api/admin/reports/{report}", "A report about a shop",
        for: console.accounts.platformOperator, of: console.api,
        answers: [200: ReportView.schema], refusals: [404, 503]
      ) { (call: Call<AccountSession, Void>, id: UUID) in
        try Answer(200, ReportView(try await find(ID(id), for: call.granted, console).0))
      },
      .api(
        .post, "/api/admin/reports/{report}/decision", "Decide on a report about a shop",
        for: console.accounts.confirmedOperator, takes: Form.fields, of: console.api,
        answers: [200: ReportView.schema], refusals: [404, 409, 503], isExempt: true
      ) { (call: Call<AccountSession, Form>, id: UUID) in
        let decided = try await perform(call.form, on: ID(id), by: call.granted, console)
        return try Answer(200, ReportView(decided))
      },
    ]
  }

  // MARK: Pages

  static func path(of report: String) -> String { "\(ShowReports.path)/\(report)" }

  static func pages(of console: Console) -> [Route] {
    let path = "\(ShowReports.path)/{report}"
    return [
      .page(.get, path, for: console.accounts.confirmedOperator, of: console.site) {
        (visit: Visit<AccountSession>, id: UUID) in
        let found = try await find(ID(id), for: visit.granted, console)
        let form = FilledForm(Form.fields.schema)
        return .privatePage(
          page(form, found, ReaderClock(visit.granted, now: console.now), in: visit.frame))
      },
      .page(
        .post, path, for: console.accounts.confirmedOperator, of: console.site,
        limits: RouteLimits(maximumBodyBytes: 32 << 10, accepts: [.form])
      ) { (visit: Visit<AccountSession>, id: UUID) in
        let found = try await find(ID(id), for: visit.granted, console)
        return try await visit.form(Form.fields) { form in
          _ = try await perform(form, on: ID(id), by: visit.granted, console)
          return .redirect(to: ShowReports.path, saying: .stepTaken, of: visit.site)
        } again: {
          page($0, found, ReaderClock(visit.granted, now: console.now), in: visit.frame)
        }
      },
    ]
  }

  static func page(
    _ form: FilledForm, _ found: (ShopReport, KnownShop), _ clock: ReaderClock, in frame: Frame
  ) -> HTML {
    let (report, shop) = found
    return ConsolePage(
      part: .reports, title: report.ground.name,
      main: """
        <p class="stands"><a href="\(url: ShowShop.path(of: shop.id))"><bdi>\(shop.name)</bdi></a>
        \(shop.state.badge) \(clock.html(report.sentAt))</p>
        <section class="section"><h2><bdi>\(report.about)</bdi></h2>
        <p class="told" dir="auto">\(report.details)</p>
        \(report.email.map { #"<p class="help">\#(text: "Reported by") <bdi>\#($0)</bdi></p>"# as HTML })
        </section>
        \(report.decision.map { decided($0, report, clock) } ?? decide(form, report, shop))
        """
    ).html(in: frame)
  }

  private static func decided(
    _ decision: ShopReport.Decision, _ report: ShopReport, _ clock: ReaderClock
  ) -> HTML {
    """
    <section class="section"><h2>\(text: "Decision")</h2>
    <p class="stands">\(Badge.html(decision.name)) \(report.decidedAt.map(clock.html))</p>
    <p class="told" dir="auto">\(report.reason ?? "")</p></section>
    """
  }

  private static func decide(
    _ form: FilledForm, _ report: ShopReport, _ shop: KnownShop
  ) -> HTML {
    let possible = ShopReport.Decision.allCases.filter {
      $0.event.map(shop.state.admits) ?? true
    }
    let labels = MoveShop.labels.merging(["decision": "Decision"]) { $1 }
    return """
      <section class="section"><h2>\(text: "Decide")</h2>
      \(form.summary(labels: labels))
      <form method="post" action="\(url: path(of: "\(report.id)"))" class="stack">
      \(form.select("decision", label: "Decision", chosen: "dismiss", options: possible.map { ($0.rawValue, $0.question) }))
      \(MoveShop.fields(form, withAppeal: true, whoReads: "Those who run the shop read it, unless the report is dismissed."))
      <div class="actions"><button class="button primary">\(text: "Decide")</button></div>
      </form></section>
      """
  }
}

extension ShopReport.Decision {
  /// What it does to the shop.
  var event: ShopState.Event? {
    switch self {
    case .dismiss: nil
    case .suspend: .suspend
    case .terminate: .terminate
    }
  }

  fileprivate var question: Text {
    switch self {
    case .dismiss: "Dismiss the report"
    case .suspend: "Suspend the shop"
    case .terminate: "Terminate the shop"
    }
  }
}
