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

/// A report as the platform's people see it.
struct ReportView: Encodable, Sendable {
  let id: String
  let shopId: String
  let ground: ShopReport.Ground
  let about: String
  let details: String
  @OrNull var email: String?
  let sentAt: Date
  @OrNull var decision: ShopReport.Decision?
  @OrNull var decidedAt: Date?
  @OrNull var reason: String?

  init(_ report: ShopReport) {
    id = "\(report.id)"
    shopId = "\(report.shop)"
    ground = report.ground
    about = report.about
    details = report.details
    _email = OrNull(wrappedValue: report.email)
    sentAt = report.sentAt
    _decision = OrNull(wrappedValue: report.decision)
    _decidedAt = OrNull(wrappedValue: report.decidedAt)
    _reason = OrNull(wrappedValue: report.reason)
  }

  static let schema = Schema.answer([
    "id": .id, "shop_id": .id, "ground": .choice(ShopReport.Ground.allCases.map(\.rawValue)),
    "about": .words(300), "details": .words(4_000), "email": .nullable(.words(254)),
    "sent_at": .time,
    "decision": .nullable(.choice(ShopReport.Decision.allCases.map(\.rawValue))),
    "decided_at": .nullable(.time), "reason": .nullable(.words(1_000)),
  ])
}

/// The queue of what people report, the newest first.
enum ShowReports {
  enum Part: String, CaseIterable, Sendable {
    case open, closed

    var name: Text {
      switch self {
      case .open: "Open"
      case .closed: "Decided"
      }
    }
  }

  struct Form: Sendable {
    let part: Part
    let paging: Paging

    static let fields = Fields(
      Field("state", .optional(.choice(of: Part.self), default: .open)), Paging.limitField,
      Paging.cursorField
    ) { part, limit, cursor in Form(part: part, paging: Paging(limit: limit, cursor: cursor)) }
  }

  static let path = "\(Site.consolePath)/reports"

  static func perform(
    _ form: Form, for session: AccountSession, by console: Console
  ) async throws -> Listed<ReportView> {
    let last: UUID? = try form.paging.start()
    let isPart: SQL =
      switch form.part {
      case .open: "report.decided_at IS NULL"
      case .closed: "report.decided_at IS NOT NULL"
      }
    let query = ShopReport.query(
      from: """
        shop_reports AS report
        WHERE \(isPart) AND coalesce(report.id < \(last as UUID?), true)
        ORDER BY report.id DESC LIMIT \(form.paging.rowsToRead)
        """)
    let rows = try await console.operatorDatabase().all(query, in: console.scope(of: session))
    return try Listed(rows, form.paging, position: \.id.uuid) { ReportView($0) }
  }

  static func route(of console: Console) -> Route {
    .api(
      .get, "/api/admin/reports", "Reports about shops", for: console.accounts.platformOperator,
      takes: Form.fields, of: console.api, answers: [200: .listed(ReportView.schema)],
      refusals: [400, 503]
    ) { call in try Answer(200, try await perform(call.form, for: call.granted, by: console)) }
  }

  // MARK: Page

  static func page(of console: Console) -> Route {
    .page(.get, path, for: console.accounts.platformOperator, of: console.site) { visit in
      let form = try Form.fields.parse(visit.request.query)
      let found = try await perform(form, for: visit.granted, by: console)
      return .privatePage(
        page(found, form, ReaderClock(visit.granted, now: console.now), in: visit.frame))
    }
  }

  static func page(
    _ found: Listed<ReportView>, _ form: Form, _ clock: ReaderClock, in frame: Frame
  ) -> HTML {
    ConsolePage(
      part: .reports, title: "Reports",
      main: """
        <nav class="nav" aria-label="\(text: "Reports")">\(Part.allCases.map { link($0, form.part) })</nav>
        \(found.data.isEmpty ? #"<p class="muted">\#(text: "There is nothing here.")</p>"# as HTML : list(found.data, clock))
        \(found.nextCursor.map { more(after: $0, form) })
        """
    ).html(in: frame)
  }

  private static func link(_ part: Part, _ current: Part) -> HTML {
    """
    <a href="\(url: "\(path)?state=\(part.rawValue)")"\
    \(attribute: "aria-current", part == current ? "page" : nil)>\(text: part.name)</a>

    """
  }

  static func list(_ reports: [ReportView], _ clock: ReaderClock) -> HTML {
    """
    <ul class="rows">
    \(reports.map { row($0, clock) })
    </ul>
    """
  }

  private static func row(_ report: ReportView, _ clock: ReaderClock) -> HTML {
    """
    <li><div><p class="stands"><a href="\(url: DecideReport.path(of: report.id))">\(text: report.ground.name)</a>
    \(report.decision.map { Badge.html($0.name) })</p>
    <p><bdi>\(report.about)</bdi></p>
    <p class="help">\(clock.html(report.sentAt))</p></div></li>

    """
  }

  private static func more(after cursor: String, _ form: Form) -> HTML {
    """
    <p class="actions"><a class="button" \
    href="\(url: "\(path)?state=\(form.part.rawValue)&cursor=\(cursor)")">\
    \(text: "Show older ones")</a></p>
    """
  }
}

/// Now, where the reader is.
struct ReaderClock: Sendable {
  let now: Date
  let zone: TimeZone

  init(_ session: AccountSession, now: Date) {
    self.now = now
    zone = TimeZone(identifier: session.timeZone) ?? .gmt
  }

  func html(_ moment: Date) -> HTML { Moment.html(moment, now: now, in: zone) }
}
