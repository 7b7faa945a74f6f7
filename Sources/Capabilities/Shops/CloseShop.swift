import API
import Access
import Accounts
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Giving a shop up. Pausing it is a setting, and another thing: `accepts_orders`.
enum CloseShop {
  struct Form: Sendable {
    let reason: String?

    static let fields = Fields(
      Field("reason", .optional(.multiline(max: 1_000))), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case changedMeanwhile

    var code: String { "state_changed" }
    var status: Int { 409 }
    var userMessage: UserMessage {
      UserMessage(
        "The state of this shop was changed in the meantime.",
        next: "Load the page again to see it.")
    }
  }

  nonisolated(nonsending) static func perform(
    _ form: Form, by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws -> ShopRow {
    let row = try await tx.one(ShopRow.find(in: member.scope))
    guard var state = ShopState(rawValue: row.state) else { throw Refusal.changedMeanwhile }
    switch try state.receive(.close) {
    case .nothing: return row
    case .record: break
    }
    let close = Query<Bool>(
      """
      SELECT app.close_shop(
        \(member.account as ID<Account>?), \(row.state), \(shops.context.newID(Shop.self)),
        \(form.reason ?? ""), \(shops.now)) AS is_closed
      """
    ) { row throws(RowError) in try row.get("is_closed") }
    guard try await tx.one(close) else { throw Refusal.changedMeanwhile }
    return try await tx.one(ShopRow.find(in: member.scope))
  }

  // MARK: API

  static func route(of shops: Shops) -> Route {
    .api(
      .post, "/api/shops/{shop}/close", "Close a shop",
      for: shops.staff(.closeShop, confirmed: true),
      takes: Form.fields, of: shops.api, answers: [200: ShopView.schema], refusals: [409]
    ) { (call: Call<StaffMember, Form>, _: String) in
      let (member, form) = (call.granted, call.form)
      return try await call.transaction(in: member.scope) { tx in
        let row = try await perform(form, by: member, in: tx, of: shops)
        return try Answer(200, ShopView(row, of: shops))
      }
    }
  }

  // MARK: Pages

  static func path(of slug: String) -> String { "\(ShowShopHome.path(of: slug))/close" }

  static func pages(of shops: Shops) -> [Route] {
    let pattern = "/dashboard/{shop}/close"
    return [
      .page(.get, pattern, for: shops.staff(.closeShop, confirmed: true), of: shops.site) {
        (visit: Visit<StaffMember>, _: String) in
        .privatePage(page(FilledForm(Form.fields.schema), visit.granted, in: visit.frame))
      },
      .page(
        .post, pattern, for: shops.staff(.closeShop, confirmed: true), of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { (visit: Visit<StaffMember>, _: String) in
        let member = visit.granted
        return try await visit.form(Form.fields) { form in
          _ = try await shops.database.transaction(in: member.scope) { tx in
            try await perform(form, by: member, in: tx, of: shops)
          }
          let home = ShowShopHome.path(of: member.membership.slug)
          return .redirect(to: home, saying: .shopClosed, of: visit.site)
        } again: {
          page($0, member, in: visit.frame)
        }
      },
    ]
  }

  static func page(_ form: FilledForm, _ member: StaffMember, in frame: Frame) -> HTML {
    let slug = member.membership.slug
    return ShopPage(
      member: member, part: .settings, title: "Close the shop",
      main: """
        <p class="lede">\(text: "Its storefront says that it is closed. Only we can open it again, when you ask us.")</p>
        \(form.summary(labels: ["reason": "Reason"]))
        <form method="post" action="\(url: path(of: slug))" class="stack">
        \(form.area("reason", label: "Reason", help: "If you want to tell us.", rows: 3))
        <div class="actions"><button class="button danger">\(text: "Close the shop")</button>
        <a href="\(url: ShopPage.Part.settings.path(of: slug))">\(text: "Back to the settings")</a></div>
        </form>
        """
    ).html(in: frame)
  }
}
