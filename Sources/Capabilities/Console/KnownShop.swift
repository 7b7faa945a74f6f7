import API
import Fields
import FoundationEssentials
import PostgreSQL
import Scope
import Shops

/// A shop as the platform's people know it.
struct KnownShop: Sendable {
  struct Owner: Sendable {
    let id: ID<Account>
    let name: String
    let email: String
  }

  let id: ID<Shop>
  let slug: String
  let name: String
  let state: ShopState
  let isTest: Bool
  /// Its owner has paused it.
  let acceptsOrders: Bool
  let plan: String
  let createdAt: Date
  /// Nil only for a shop that no form opened.
  let owner: Owner?
  let openReports: Int

  static func query(_ condition: SQL) -> Query<KnownShop> {
    Query(
      """
      SELECT shop.shop_id, shop.slug, shop.name, shop.state, shop.is_test, shop.accepts_orders,
             shop.plan, shop.created_at, account.account_id AS owner_id, account.name AS owner_name,
             account.email AS owner_email,
             (SELECT count(*) FROM shop_reports AS report
               WHERE report.shop_id = shop.shop_id AND report.decided_at IS NULL) AS open_reports
        FROM shops AS shop
        LEFT JOIN shop_roles AS role ON role.shop_id = shop.shop_id AND role.role = 'owner'
        LEFT JOIN accounts AS account ON account.account_id = role.account_id
       \(condition)
      """
    ) { row throws(RowError) in
      let owner = try row.get("owner_id", as: ID<Account>?.self)
      return KnownShop(
        id: try row.get("shop_id"), slug: try row.get("slug"), name: try row.get("name"),
        state: try row.state("state"), isTest: try row.get("is_test"),
        acceptsOrders: try row.get("accepts_orders"), plan: try row.get("plan"),
        createdAt: try row.get("created_at"),
        owner: try owner.map { id throws(RowError) in
          Owner(
            id: id, name: try row.get("owner_name"),
            email: try row.get("owner_email", as: String?.self) ?? "")
        }, openReports: try row.get("open_reports"))
    }
  }

  static func find(_ id: ID<Shop>) -> Query<KnownShop> { query("WHERE shop.shop_id = \(id)") }
}

/// As the API shows it.
struct KnownShopView: Encodable, Sendable {
  let id: String
  let slug: String
  let name: String
  let state: ShopState
  let testMode: Bool
  let acceptsOrders: Bool
  let plan: String
  let ownerId: String
  let ownerEmail: String
  let openReports: Int
  let createdAt: Date

  init(_ shop: KnownShop) {
    id = "\(shop.id)"
    slug = shop.slug
    name = shop.name
    state = shop.state
    testMode = shop.isTest
    acceptsOrders = shop.acceptsOrders
    plan = shop.plan
    ownerId = shop.owner.map { "\($0.id)" } ?? ""
    ownerEmail = shop.owner?.email ?? ""
    openReports = shop.openReports
    createdAt = shop.createdAt
  }

  static let schema = Schema.answer([
    "id": .id, "slug": .words(40), "name": .words(120),
    "state": .choice(ShopState.allCases.map(\.rawValue)), "test_mode": .boolean,
    "accepts_orders": .boolean, "plan": .words(40), "owner_id": .words(36),
    "owner_email": .words(254), "open_reports": .integer(0...Int.max), "created_at": .time,
  ])
}
