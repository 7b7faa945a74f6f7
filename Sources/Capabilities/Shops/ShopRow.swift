import FoundationEssentials
import PostgreSQL
import Scope

/// A shop as its staff and its pages need it.
struct ShopRow: Sendable {
  let id: ID<Shop>
  let slug: String
  let name: String
  let tagline: String
  let state: String
  let isTest: Bool
  let acceptsOrders: Bool
  let country: String
  let currency: String
  let locale: String
  let timeZone: String
  let primaryColor: String
  let accentColor: String
  let version: Int
  let createdAt: Date

  static func find(in shop: ShopScope) -> Query<ShopRow> {
    query(from: "shops WHERE shop_id = \(shop.id)")
  }

  /// - Parameter source: What stands behind FROM, and has the columns of `shops`.
  static func query(from source: SQL) -> Query<ShopRow> {
    Query(
      """
      SELECT shop_id, slug, name, tagline, state, is_test, accepts_orders, country, currency, locale,
             time_zone, primary_color, accent_color, version, created_at
        FROM \(source)
      """
    ) { row throws(RowError) in
      ShopRow(
        id: try row.get("shop_id"), slug: try row.get("slug"), name: try row.get("name"),
        tagline: try row.get("tagline"), state: try row.get("state"),
        isTest: try row.get("is_test"), acceptsOrders: try row.get("accepts_orders"),
        country: try row.get("country"), currency: try row.get("currency"),
        locale: try row.get("locale"), timeZone: try row.get("time_zone"),
        primaryColor: try row.get("primary_color"), accentColor: try row.get("accent_color"),
        version: try row.get("version"), createdAt: try row.get("created_at"))
    }
  }
}
