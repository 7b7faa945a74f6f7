import Audit
import FoundationEssentials
import Money
import PostgreSQL
import Scope

/// A shop as its staff and its pages need it.
struct ShopRow: Sendable {
  let id: ID<Shop>
  let slug: String
  var name: String
  var tagline: String
  let state: String
  let isTest: Bool
  let plan: String
  let acceptsOrders: Bool
  let country: String
  let currency: String
  let locale: String
  let timeZone: String
  var primaryColor: String
  var accentColor: String
  var fontFamily: FontFamily
  var logo: Logo?
  /// The hash in the names of its files.
  var favicon: String?
  let minimumOrder: Money?
  /// Orders of more wait for somebody to say yes.
  let approvalThreshold: Money?
  let allowsGuestCheckout: Bool
  let logsIPAddresses: Bool
  let corsOrigins: [String]
  /// Nil: as the plan has it.
  let showsPoweredBy: Bool?
  let disclosesFee: Bool
  let showsTransactionHashes: Bool
  let firstLiveOrderAt: Date?
  let version: Int
  let createdAt: Date

  struct Logo: Sendable, Equatable {
    /// In the names of its files.
    let hash: String
    let width: Int
    let height: Int
  }

  var isOpen: Bool { state == "active" }

  static func find(in shop: ShopScope) -> Query<ShopRow> {
    query(from: "shops WHERE shop_id = \(shop.id)")
  }

  /// Holds the row until commit, so that what a rule saw is what is changed.
  static func locked(in shop: ShopScope) -> Query<ShopRow> {
    query(from: "shops WHERE shop_id = \(shop.id) FOR UPDATE")
  }

  /// - Parameter source: What stands behind FROM, and has the columns of `shops`.
  static func query(from source: SQL) -> Query<ShopRow> {
    Query(
      """
      SELECT shop_id, slug, name, tagline, state, is_test, plan, accepts_orders, country, currency,
             locale, time_zone, primary_color, accent_color, font_family, logo, logo_width,
             logo_height, favicon, minimum_order_minor, approval_threshold_minor,
             allows_guest_checkout, logs_ip_addresses, cors_origins, shows_powered_by,
             discloses_fee, shows_transaction_hashes, first_live_order_at, version, created_at
        FROM \(source)
      """, decode: decode)
  }

  private static func decode(_ row: borrowing Row) throws(RowError) -> ShopRow {
    ShopRow(
      id: try row.get("shop_id"), slug: try row.get("slug"), name: try row.get("name"),
      tagline: try row.get("tagline"), state: try row.get("state"),
      isTest: try row.get("is_test"), plan: try row.get("plan"),
      acceptsOrders: try row.get("accepts_orders"), country: try row.get("country"),
      currency: try row.get("currency"), locale: try row.get("locale"),
      timeZone: try row.get("time_zone"), primaryColor: try row.get("primary_color"),
      accentColor: try row.get("accent_color"),
      fontFamily: FontFamily(rawValue: try row.get("font_family")) ?? .system,
      logo: try logo(in: row), favicon: try row.get("favicon"),
      minimumOrder: try row.amount("minimum_order_minor"),
      approvalThreshold: try row.amount("approval_threshold_minor"),
      allowsGuestCheckout: try row.get("allows_guest_checkout"),
      logsIPAddresses: try row.get("logs_ip_addresses"),
      corsOrigins: try row.get("cors_origins"), showsPoweredBy: try row.get("shows_powered_by"),
      disclosesFee: try row.get("discloses_fee"),
      showsTransactionHashes: try row.get("shows_transaction_hashes"),
      firstLiveOrderAt: try row.get("first_live_order_at"), version: try row.get("version"),
      createdAt: try row.get("created_at"))
  }

  private static func logo(in row: borrowing Row) throws(RowError) -> Logo? {
    guard let hash: String = try row.get("logo") else { return nil }
    return Logo(hash: hash, width: try row.get("logo_width"), height: try row.get("logo_height"))
  }
}

extension Row {
  /// In the shop's currency; nil where there is none.
  fileprivate func amount(_ column: StaticString) throws(RowError) -> Money? {
    guard let minorUnits: Int128 = try get(column) else { return nil }
    return Money(minorUnits: minorUnits, currency: try currency("currency"))
  }
}

extension ShopRow {
  /// What its staff can change, as the log tells it.
  var audited: AuditValues {
    [
      "slug": .text(slug), "name": .text(name), "tagline": .text(tagline),
      "accepts_orders": .flag(acceptsOrders), "country": .text(country),
      "currency": .text(currency), "locale": .text(locale), "time_zone": .text(timeZone),
      "primary_color": .text(primaryColor), "accent_color": .text(accentColor),
      "font_family": .text(fontFamily.rawValue), "logo": .optional(logo?.hash),
      "favicon": .optional(favicon), "minimum_order": .optional(minimumOrder?.description),
      "approval_threshold": .optional(approvalThreshold?.description),
      "allows_guest_checkout": .flag(allowsGuestCheckout),
      "logs_ip_addresses": .flag(logsIPAddresses),
      "cors_origins": .text(corsOrigins.joined(separator: " ")),
      "shows_powered_by": showsPoweredBy.map(AuditValue.flag) ?? .nothing,
      "discloses_fee": .flag(disclosesFee),
      "shows_transaction_hashes": .flag(showsTransactionHashes),
    ]
  }

  /// What was answered to open it, or made of the answers.
  var auditedAtOpening: AuditValues {
    [
      "slug": .text(slug), "name": .text(name), "country": .text(country),
      "currency": .text(currency), "locale": .text(locale), "time_zone": .text(timeZone),
    ]
  }
}
