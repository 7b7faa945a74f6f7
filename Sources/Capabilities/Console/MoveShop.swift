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

/// What the platform's people do with a whole shop: suspend, restore, reopen, terminate.
enum MoveShop {
  enum Step: String, CaseIterable, Sendable {
    case suspend, restore, reopen, terminate

    var event: ShopState.Event {
      switch self {
      case .suspend: .suspend
      case .restore: .restore
      case .reopen: .reopen
      case .terminate: .terminate
      }
    }

    /// The owner is told how to appeal.
    var isAgainstTheOwner: Bool {
      switch self {
      case .suspend, .terminate: true
      case .restore, .reopen: false
      }
    }

    var name: Text {
      switch self {
      case .suspend: "Suspend the shop"
      case .restore: "Restore the shop"
      case .reopen: "Reopen the shop"
      case .terminate: "Terminate the shop"
      }
    }

    var lede: Text {
      switch self {
      case .suspend: "Its storefront shows that it is not open. It can be restored at any time."
      case .restore: "Its storefront is open again at once."
      case .reopen: "Its owner has closed it. It is open again at once."
      case .terminate: "Its storefront is gone, and nobody can bring it back."
      }
    }
  }

  struct Form: Sendable {
    let reason: String
    let appeal: String?

    static let fields = Fields(
      Field("reason", .multiline(max: 1_000)), Field("appeal", .optional(.multiline(max: 2_000))),
      as: Form.init)
  }

  /// In the transaction of whoever has a reason, such as a report.
  nonisolated(nonsending) static func perform(
    _ event: ShopState.Event, _ form: Form, of shop: ID<Shop>, by session: AccountSession,
    in tx: Transaction, _ console: Console
  ) async throws {
    let standing = Query<ShopState>("SELECT state FROM shops WHERE shop_id = \(shop) FOR UPDATE") {
      row throws(RowError) in try row.state("state")
    }
    guard let before = try await tx.first(standing) else { throw Denial.notFound }
    var state = before
    switch try state.receive(event) {
    case .nothing: return
    case .record: break
    }
    let step = ShopTransition(
      from: before, to: state, actor: session.account, reason: form.reason,
      appeal: form.appeal ?? "", at: console.now)
    _ = try await tx.run(
      Command(
        """
        UPDATE shops SET state = \(state.rawValue), version = version + 1 WHERE shop_id = \(shop)
        """),
      step.insert(console.api.context.newID(Shop.self).uuid, of: shop))
    // Whatever was asked for is answered by an opening or by the end.
    guard event != .suspend else { return }
    try await tx.run(AnswerAppeal.answerOpen(of: shop, form.reason, by: session, at: console.now))
  }

  private static func perform(
    _ step: Step, _ form: Form, of shop: ID<Shop>, by session: AccountSession, _ console: Console
  ) async throws -> KnownShop {
    try await console.operatorDatabase().transaction(in: console.scope(of: session)) { tx in
      try await perform(step.event, form, of: shop, by: session, in: tx, console)
      return try await tx.one(KnownShop.find(shop))
    }
  }

  // MARK: API

  static func routes(of console: Console) -> [Route] {
    Step.allCases.map { step in
      .api(
        .post, "/api/admin/shops/{shop}/\(step.rawValue)", "\(step.rawValue.capitalized) a shop",
        for: console.accounts.confirmedOperator, takes: Form.fields, of: console.api,
        answers: [200: KnownShopView.schema], refusals: [404, 409, 503], isExempt: true
      ) { (call: Call<AccountSession, Form>, shop: UUID) in
        let moved = try await perform(step, call.form, of: ID(shop), by: call.granted, console)
        return try Answer(200, KnownShopView(moved))
      }
    }
  }

  // MARK: Pages

  static func path(_ step: Step, of shop: ID<Shop>) -> String {
    "\(ShowShop.path(of: shop))/\(step.rawValue)"
  }

  static func pages(of console: Console) -> [Route] {
    Step.allCases.flatMap { step in
      let path = "\(FindShops.path)/{shop}/\(step.rawValue)"
      return [
        Route.page(.get, path, for: console.accounts.confirmedOperator, of: console.site) {
          (visit: Visit<AccountSession>, id: UUID) in
          let shop = try await ShowShop.find(ID(id), for: visit.granted, by: console)
          let form = FilledForm(Form.fields.schema)
          return .privatePage(page(form, step, of: shop, in: visit.frame))
        },
        .page(
          .post, path, for: console.accounts.confirmedOperator, of: console.site,
          limits: RouteLimits(maximumBodyBytes: 32 << 10, accepts: [.form])
        ) { (visit: Visit<AccountSession>, id: UUID) in
          let shop = try await ShowShop.find(ID(id), for: visit.granted, by: console)
          return try await visit.form(Form.fields) { form in
            _ = try await perform(step, form, of: shop.id, by: visit.granted, console)
            return .redirect(to: ShowShop.path(of: shop.id), saying: .stepTaken, of: visit.site)
          } again: {
            page($0, step, of: shop, in: visit.frame)
          }
        },
      ]
    }
  }

  static func page(
    _ form: FilledForm, _ step: Step, of shop: KnownShop, in frame: Frame
  ) -> HTML {
    ConsolePage(
      part: .shops, title: step.name,
      main: """
        <p class="stands"><bdi>\(shop.name)</bdi> <bdi dir="ltr">\(shop.slug)</bdi> \(shop.state.badge)</p>
        <p class="lede">\(text: step.lede)</p>
        \(form.summary(labels: labels))
        <form method="post" action="\(url: path(step, of: shop.id))" class="stack">
        \(fields(form, withAppeal: step.isAgainstTheOwner))
        <div class="actions"><button class="button \(step.isAgainstTheOwner ? "danger" : "primary")">\
        \(text: step.name)</button>
        <a href="\(url: ShowShop.path(of: shop.id))">\(text: "Back to the shop")</a></div>
        </form>
        """
    ).html(in: frame)
  }

  static let labels: [String: Text] = ["reason": "Reason", "appeal": "How to appeal"]

  /// The two texts, for each form that can move a shop.
  static func fields(
    _ form: FilledForm, withAppeal: Bool, whoReads: Text = "Those who run the shop read it."
  ) -> HTML {
    """
    \(form.area("reason", label: "Reason", help: whoReads, rows: 4))
    \(withAppeal ? form.area("appeal", label: "How to appeal", help: "What they can do against it, and until when.", rows: 3) : nil)
    """
  }
}
