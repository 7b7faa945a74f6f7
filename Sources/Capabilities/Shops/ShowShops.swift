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

/// The shops of whoever is signed in, with their role in each and how many more they may open.
enum ShowShops {
  struct Item: Encodable, Sendable {
    let id: String
    let slug: String
    let name: String
    let state: String
    let testMode: Bool
    let role: String
    let storefrontUrl: String

    init(_ membership: ShopMembership, of shops: Shops) {
      id = "\(membership.shop)"
      slug = membership.slug
      name = membership.name
      state = membership.state
      testMode = membership.isTest
      role = membership.role ?? ""
      storefrontUrl = shops.storefrontURL(of: membership.slug)
    }

    static let schema = Schema.answer([
      "id": .id, "slug": .words(40), "name": .words(120), "state": .words(20),
      "test_mode": .boolean, "role": .words(20), "storefront_url": .words(400),
    ])
  }

  /// How many shops an account owns, and may own.
  struct Allowance: Sendable {
    let used: Int
    /// Nil for no limit.
    let allowed: Int?

    var hasRoom: Bool { allowed.map { used < $0 } ?? true }

    static func find(at now: Date) -> Query<Allowance> {
      Query("SELECT used, allowed FROM app.shop_allowance(\(now))") { row throws(RowError) in
        Allowance(used: try row.get("used"), allowed: try row.get("allowed"))
      }
    }
  }

  struct Answered: Encodable, Sendable {
    let data: [Item]
    /// Shops of their own.
    let used: Int
    @OrNull var allowed: Int?
  }

  static func route(of shops: Shops) -> Route {
    .api(
      .get, "/api/shops", "Your shops", for: shops.accounts.signedIn, of: shops.api,
      answers: [
        200: .answer([
          "data": .list(of: Item.schema, count: 0...10_000), "used": .integer(0...10_000),
          "allowed": .nullable(.integer(1...10_000)),
        ])
      ]
    ) { call in
      let session = call.granted
      let memberships = try await Guard.memberships(of: session, database: shops.database)
      let allowance = try await shops.database.one(
        Allowance.find(at: shops.now), in: session.scope)
      return try Answer(
        200,
        Answered(
          data: memberships.map { Item($0, of: shops) }, used: allowance.used,
          allowed: allowance.allowed))
    }
  }
}

// MARK: Page

extension ShowShops {
  static func page(of shops: Shops) -> Route {
    .page(.get, Site.dashboardPath, for: shops.accounts.agreed, of: shops.site) { visit in
      let session = visit.granted
      let mine = try await Guard.memberships(of: session, database: shops.database)
      let allowance = try await shops.database.one(
        Allowance.find(at: shops.now), in: session.scope)
      return try await shops.accounts.dashboard(
        visit, shops: section(mine, allowance, of: shops))
    }
  }

  static func section(
    _ mine: [ShopMembership], _ allowance: Allowance, of shops: Shops
  ) -> HTML {
    """
    <section class="section">
    <h2>\(text: "Your shops")</h2>
    \(mine.isEmpty ? empty : list(mine, of: shops))
    \(allowance.hasRoom ? button : full)
    </section>
    """
  }

  private static var empty: HTML {
    """
    <div class="empty">\(Icon.window)
    <p><strong>\(text: "You have no shop yet.")</strong></p>
    <p class="muted">\(text: "Three answers, and it is on the web for trying out. The first one is free.")</p>
    </div>
    """
  }

  private static var button: HTML {
    """
    <div class="actions"><a class="button primary" href="\(url: OpenShop.path)">\
    \(text: "Open a shop")</a></div>
    """
  }

  private static var full: HTML {
    """
    <p class="help">\(text: "Your plan has no room for another shop.") \
    <a href="/pricing">\(text: "See the plans")</a></p>
    """
  }

  private static func list(_ mine: [ShopMembership], of shops: Shops) -> HTML {
    """
    <ul class="cards">
    \(mine.map { card($0, of: shops) })
    </ul>
    """
  }

  private static func card(_ shop: ShopMembership, of shops: Shops) -> HTML {
    """
    <li class="card"><a href="\(url: ShowShopHome.path(of: shop.slug))">\(Icon.window)<bdi>\(shop.name)</bdi></a>
    <p class="stands">\(shop.staffRole.map { "\(text: $0.name)" as HTML })
    \(shop.isTest ? Badge.html("Test mode", .info) : nil)</p></li>

    """
  }
}

extension StaffRole {
  var name: Text {
    switch self {
    case .owner: "Owner"
    case .manager: "Manager"
    case .finance: "Finance"
    case .support: "Support"
    case .developer: "Developer"
    }
  }
}
