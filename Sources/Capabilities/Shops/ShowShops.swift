import API
import Access
import Fields
import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope

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
      role = membership.role
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
