import API
import Access
import Fields
import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope

/// The keys of a shop, the newest first. What they are is never shown again.
enum ShowAPIKeys {
  struct Row: Sendable {
    let id: ID<ShopKey>
    let name: String
    let mode: String
    let prefix: String
    let scopes: [String]
    let madeAt: Date
    let expiresAt: Date?
    let usedAt: Date?

    static func all(in shop: ShopScope) -> Query<Row> {
      query("shop_id = \(shop.id) ORDER BY id DESC")
    }

    /// Holds the row until commit.
    static func locked(_ id: ID<ShopKey>, in shop: ShopScope) -> Query<Row> {
      query("shop_id = \(shop.id) AND id = \(id) FOR UPDATE")
    }

    private static func query(_ condition: SQL) -> Query<Row> {
      Query(
        """
        SELECT id, name, mode, prefix, scopes, made_at, expires_at, used_at FROM shop_api_keys
         WHERE \(condition)
        """
      ) { row throws(RowError) in
        Row(
          id: try row.get("id"), name: try row.get("name"), mode: try row.get("mode"),
          prefix: try row.get("prefix"), scopes: try row.get("scopes"),
          madeAt: try row.get("made_at"), expiresAt: try row.get("expires_at"),
          usedAt: try row.get("used_at"))
      }
    }

    var permissions: Set<ShopPermission> { Set(scopes.compactMap(ShopPermission.init)) }
  }

  struct Item: Encodable, Sendable {
    let id: String
    let name: String
    let mode: String
    let prefix: String
    let scopes: [String]
    let madeAt: Date
    @OrNull var expiresAt: Date?
    @OrNull var lastUsedAt: Date?

    init(_ row: Row) {
      id = "\(row.id)"
      name = row.name
      mode = row.mode
      prefix = row.prefix
      scopes = row.scopes
      madeAt = row.madeAt
      expiresAt = row.expiresAt
      lastUsedAt = row.usedAt
    }

    static let schema = Schema.answer([
      "id": .id, "name": .words(80), "mode": .choice(APIKey.Mode.allCases.map(\.rawValue)),
      "prefix": .words(20), "scopes": .list(of: .words(40), count: 1...40), "made_at": .time,
      "expires_at": .nullable(.time), "last_used_at": .nullable(.time),
    ])
  }

  static func route(of shops: Shops) -> Route {
    .api(
      .get, MakeAPIKey.path, "API keys", for: shops.staff(.readKeys), of: shops.api,
      answers: [
        200: .answer(["data": .list(of: Item.schema, count: 0...MakeAPIKey.Refusal.most)])
      ]
    ) { (call: Call<StaffMember, Void>, _: String) in
      let scope = call.granted.scope
      let rows = try await shops.database.all(Row.all(in: scope), in: scope)
      return try Answer(200, ["data": rows.map(Item.init)])
    }
  }
}
