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

/// Shops by name, address or owner, the newest first.
enum FindShops {
  struct Form: Sendable {
    /// A part of the name, the address or the owner's e-mail address, or the whole id.
    let search: String?
    let state: ShopState?
    let paging: Paging

    static let fields = Fields(
      Field("search", .optional(.text(max: 254))),
      Field("state", .optional(.choice(of: ShopState.self))), Paging.limitField,
      Paging.cursorField
    ) { search, state, limit, cursor in
      Form(search: search, state: state, paging: Paging(limit: limit, cursor: cursor))
    }
  }

  static let path = "\(Site.consolePath)/shops"

  static func perform(
    _ form: Form, for session: AccountSession, by console: Console
  ) async throws -> Listed<KnownShopView> {
    let last: UUID? = try form.paging.start()
    let query = KnownShop.query(
      """
      WHERE coalesce(shop.shop_id < \(last as UUID?), true)
        AND coalesce(shop.state = \(form.state?.rawValue as String?), true)
        \(form.search.map(matching) ?? "")
      ORDER BY shop.shop_id DESC LIMIT \(form.paging.rowsToRead)
      """)
    let rows = try await console.operatorDatabase().all(query, in: console.scope(of: session))
    return try Listed(rows, form.paging, position: \.id.uuid, item: KnownShopView.init)
  }

  private static func matching(_ words: String) -> SQL {
    let words = words.lowercased()
    return """
      AND (strpos(lower(shop.name), \(words)) > 0 OR strpos(shop.slug, \(words)) > 0
           OR strpos(lower(account.email), \(words)) > 0 OR shop.shop_id::text = \(words))
      """
  }

  static func route(of console: Console) -> Route {
    .api(
      .get, "/api/admin/shops", "Find shops", for: console.accounts.platformOperator,
      takes: Form.fields, of: console.api, answers: [200: .listed(KnownShopView.schema)],
      refusals: [400, 503]
    ) { call in try Answer(200, try await perform(call.form, for: call.granted, by: console)) }
  }

  // MARK: Page

  static func page(of console: Console) -> Route {
    .page(.get, path, for: console.accounts.platformOperator, of: console.site) { visit in
      let query = visit.request.query
      let form = try Form.fields.parse(query)
      let found = try await perform(form, for: visit.granted, by: console)
      return .privatePage(
        page(found, FilledForm(Form.fields.schema, given: query), form, in: visit.frame))
    }
  }

  static func page(
    _ found: Listed<KnownShopView>, _ filter: FilledForm, _ form: Form, in frame: Frame
  ) -> HTML {
    ConsolePage(
      part: .shops, title: "Shops",
      main: """
        <form method="get" action="\(url: path)" class="stack" role="search">
        \(filter.field("search", label: "Name, address or owner's e-mail"))
        \(filter.select("state", label: "State", chosen: "", options: states))
        <div class="actions"><button class="button">\(text: "Search")</button></div>
        </form>
        \(found.data.isEmpty ? nobody : list(found.data))
        \(found.nextCursor.map { more(after: $0, form) })
        """
    ).html(in: frame)
  }

  private static var states: [(value: String, label: Text)] {
    [("", Text("Any"))] + ShopState.allCases.map { ($0.rawValue, $0.name) }
  }

  private static var nobody: HTML { #"<p class="muted">\#(text: "No shop matches.")</p>"# }

  private static func list(_ shops: [KnownShopView]) -> HTML {
    """
    <ul class="cards">
    \(shops.map(card))
    </ul>
    """
  }

  private static func card(_ shop: KnownShopView) -> HTML {
    """
    <li class="card"><a href="\(url: ShowShop.path(of: shop.id))">\(Icon.window)\
    <bdi>\(shop.name)</bdi></a>
    <p class="stands"><bdi dir="ltr">\(shop.slug)</bdi> \(shop.state.badge)
    \(shop.openReports > 0 ? Badge.html("\(count: shop.openReports) open reports", .warn) : nil)</p>
    <p class="help"><bdi>\(shop.ownerEmail)</bdi></p></li>

    """
  }

  private static func more(after cursor: String, _ form: Form) -> HTML {
    let filter = "search=\((form.search ?? "").queryEncoded)&state=\(form.state?.rawValue ?? "")"
    return """
      <p class="actions"><a class="button" href="\(url: "\(path)?\(filter)&cursor=\(cursor)")">\
      \(text: "Show older ones")</a></p>
      """
  }
}
