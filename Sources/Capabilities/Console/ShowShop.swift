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

/// All that the platform's people see of one shop: how it stands and came to, and what is held against it.
enum ShowShop {
  struct Details: Sendable {
    let shop: KnownShop
    let transitions: [ShopTransition]
    let reports: [ShopReport]
    let appeals: [ShopAppeal]
    let override: PlanOverride?
  }

  /// Of each list.
  private static let mostShown = 50

  static func path(of shop: ID<Shop>) -> String { path(of: "\(shop)") }
  static func path(of shop: String) -> String { "\(FindShops.path)/\(shop)" }

  static func find(
    _ id: ID<Shop>, for session: AccountSession, by console: Console
  ) async throws -> KnownShop {
    let found = try await console.operatorDatabase().first(
      KnownShop.find(id), in: console.scope(of: session))
    guard let found else { throw Denial.notFound }
    return found
  }

  static func details(
    _ id: ID<Shop>, for session: AccountSession, by console: Console
  ) async throws -> Details {
    let (database, scope) = (try console.operatorDatabase(), try console.scope(of: session))
    let (shops, transitions, reports, appeals, overrides) = try await database.run(
      KnownShop.find(id), ShopTransition.last(mostShown, of: id),
      ShopReport.query(
        from: """
          shop_reports AS report WHERE report.shop_id = \(id) ORDER BY report.id DESC
          LIMIT \(mostShown)
          """), ShopAppeal.last(mostShown, of: id), PlanOverride.ofOwner(of: id), in: scope)
    guard let shop = shops.first else { throw Denial.notFound }
    return Details(
      shop: shop, transitions: transitions, reports: reports, appeals: appeals,
      override: overrides.first)
  }

  // MARK: API

  struct Answered: Encodable, Sendable {
    struct Transition: Encodable, Sendable {
      let from: ShopState
      let to: ShopState
      let actorId: String
      let reason: String
      let appeal: String
      let at: Date
    }
    struct Appeal: Encodable, Sendable {
      let words: String
      let sentAt: Date
      @OrNull var answer: String?
    }
    let shop: KnownShopView
    let transitions: [Transition]
    let reports: [ReportView]
    let appeals: [Appeal]

    init(_ details: Details) {
      shop = KnownShopView(details.shop)
      transitions = details.transitions.map {
        Transition(
          from: $0.from, to: $0.to, actorId: $0.actor.map { "\($0)" } ?? "", reason: $0.reason,
          appeal: $0.appeal, at: $0.at)
      }
      reports = details.reports.map { ReportView($0) }
      appeals = details.appeals.map {
        Appeal(words: $0.words, sentAt: $0.sentAt, answer: $0.answer)
      }
    }

    private static let state = Schema.choice(ShopState.allCases.map(\.rawValue))

    static let schema = Schema.answer([
      "shop": KnownShopView.schema,
      "transitions": .list(
        of: .answer([
          "from": state, "to": state, "actor_id": .words(36), "reason": .words(1_000),
          "appeal": .words(2_000), "at": .time,
        ]), count: 0...mostShown),
      "reports": .list(of: ReportView.schema, count: 0...mostShown),
      "appeals": .list(
        of: .answer([
          "words": .words(4_000), "sent_at": .time, "answer": .nullable(.words(1_000)),
        ]), count: 0...mostShown),
    ])
  }

  static func route(of console: Console) -> Route {
    .api(
      .get, "/api/admin/shops/{shop}", "A shop, for the platform's people",
      for: console.accounts.platformOperator, of: console.api, answers: [200: Answered.schema],
      refusals: [404, 503]
    ) { (call: Call<AccountSession, Void>, shop: UUID) in
      try Answer(
        200, Answered(try await details(ID(shop), for: call.granted, by: console)))
    }
  }

  // MARK: Page

  static func page(of console: Console) -> Route {
    .page(
      .get, "\(FindShops.path)/{shop}", for: console.accounts.platformOperator, of: console.site
    ) { (visit: Visit<AccountSession>, id: UUID) in
      let details = try await details(ID(id), for: visit.granted, by: console)
      let answer = FilledForm(AnswerAppeal.Form.fields.schema)
      return .privatePage(
        page(details, answer: answer, visit.granted, of: console, in: visit.frame))
    }
  }

  static func page(
    _ details: Details, answer: FilledForm, _ session: AccountSession, of console: Console,
    in frame: Frame
  ) -> HTML {
    let shop = details.shop
    let clock = ReaderClock(session, now: console.now)
    let address = console.shops.storefrontURL(of: shop.slug)
    return ConsolePage(
      part: .shops, title: "\(shop.name)",
      main: """
        <p class="stands">\(shop.state.badge)
        \(shop.isTest ? Badge.html("Test mode", .info) : nil)
        \(shop.acceptsOrders ? nil : Badge.html("Paused by its owner"))</p>
        <p><a href="\(url: address)" dir="ltr">\(address)</a></p>
        \(owner(shop, details.override, clock))
        <div class="actions">\(MoveShop.Step.allCases.filter { shop.state.admits($0.event) }.map { step($0, shop) })</div>
        \(appeals(details, answer, clock))
        \(reports(details.reports, clock))
        \(history(details.transitions, clock))
        """
    ).html(in: frame)
  }

  private static func step(_ step: MoveShop.Step, _ shop: KnownShop) -> HTML {
    """
    <a class="button\(step.isAgainstTheOwner ? " danger" : "")" \
    href="\(url: MoveShop.path(step, of: shop.id))">\(text: step.name)</a>

    """
  }

  private static func owner(
    _ shop: KnownShop, _ override: PlanOverride?, _ clock: ReaderClock
  ) -> HTML? {
    shop.owner.map { owner in
      """
      <section class="section"><h2>\(text: "Owner")</h2>
      <p><bdi>\(owner.name)</bdi> <bdi>\(owner.email)</bdi></p>
      <p>\(text: "Plan when it was opened:") <bdi>\(shop.plan)</bdi></p>
      \(override.map { OverridePlan.words($0, clock) })
      <p><a href="\(url: OverridePlan.path(of: owner.id))">\(text: "Change plan and allowance")</a></p>
      </section>
      """
    }
  }

  private static func appeals(
    _ details: Details, _ answer: FilledForm, _ clock: ReaderClock
  ) -> HTML? {
    guard !details.appeals.isEmpty else { return nil }
    let isOpen = details.appeals.contains { $0.answer == nil }
    return """
      <section class="section"><h2>\(text: "Appeals")</h2>
      <ul class="rows">\(details.appeals.map { appeal($0, clock) })</ul>
      \(isOpen ? AnswerAppeal.html(answer, of: details.shop.id) : nil)
      </section>
      """
  }

  private static func appeal(_ appeal: ShopAppeal, _ clock: ReaderClock) -> HTML {
    """
    <li><div><p class="stands">\(appeal.answer == nil ? Badge.html("Open", .warn) : Badge.html("Answered"))
    \(clock.html(appeal.sentAt))</p>
    <p class="told" dir="auto">\(appeal.words)</p>
    \(appeal.answer.map { #"<p class="help" dir="auto">\#($0)</p>"# as HTML })</div></li>

    """
  }

  private static func reports(_ reports: [ShopReport], _ clock: ReaderClock) -> HTML {
    """
    <section class="section"><h2>\(text: "Reports")</h2>
    \(reports.isEmpty ? #"<p class="muted">\#(text: "None so far.")</p>"# as HTML : ShowReports.list(reports.map { ReportView($0) }, clock))
    </section>
    """
  }

  private static func history(_ transitions: [ShopTransition], _ clock: ReaderClock) -> HTML {
    """
    <section class="section"><h2>\(text: "History")</h2>
    <ul class="rows">\(transitions.map { transition($0, clock) })</ul>
    </section>
    """
  }

  private static func transition(_ step: ShopTransition, _ clock: ReaderClock) -> HTML {
    """
    <li><div><p class="stands">\(step.to.badge) \(clock.html(step.at))</p>
    \(step.reason.isEmpty ? nil : #"<p class="told" dir="auto">\#(step.reason)</p>"# as HTML)
    \(step.appeal.isEmpty ? nil : #"<p class="help" dir="auto">\#(step.appeal)</p>"# as HTML)</div></li>

    """
  }
}
