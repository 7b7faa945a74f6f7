import API
import Documents
import Fields
import FoundationEssentials
import Money
import Scope

/// A shop as the API shows it to those who work there.
struct ShopView: Encodable, Sendable {
  let id: String
  let slug: String
  let name: String
  let tagline: String
  let state: String
  let testMode: Bool
  let acceptsOrders: Bool
  let country: String
  let currency: String
  let locale: String
  let timeZone: String
  let primaryColor: String
  let accentColor: String
  let fontFamily: String
  @OrNull var logoUrl: String?
  @OrNull var faviconUrl: String?
  @OrNull var minimumOrder: Money?
  @OrNull var approvalThreshold: Money?
  let guestCheckout: Bool
  let logIpAddresses: Bool
  let corsOrigins: [String]
  /// Null for as the plan has it.
  @OrNull var poweredBy: Bool?
  let discloseFee: Bool
  let transactionHashesOnInvoices: Bool
  let storefrontUrl: String
  let version: Int
  let createdAt: Date

  init(_ row: ShopRow, of shops: Shops) {
    id = "\(row.id)"
    slug = row.slug
    name = row.name
    tagline = row.tagline
    state = row.state
    testMode = row.isTest
    acceptsOrders = row.acceptsOrders
    country = row.country
    currency = row.currency
    locale = row.locale
    timeZone = row.timeZone
    primaryColor = row.primaryColor
    accentColor = row.accentColor
    fontFamily = row.fontFamily.rawValue
    let address = shops.storefrontURL(of: row.slug)
    _logoUrl = OrNull(wrappedValue: row.logo.map { address + BrandFile.logo($0.hash, .webP).path })
    _faviconUrl = OrNull(
      wrappedValue: row.favicon.map { address + BrandFile.favicon($0, 180).path })
    _minimumOrder = OrNull(wrappedValue: row.minimumOrder)
    _approvalThreshold = OrNull(wrappedValue: row.approvalThreshold)
    guestCheckout = row.allowsGuestCheckout
    logIpAddresses = row.logsIPAddresses
    corsOrigins = row.corsOrigins
    _poweredBy = OrNull(wrappedValue: row.showsPoweredBy)
    discloseFee = row.disclosesFee
    transactionHashesOnInvoices = row.showsTransactionHashes
    storefrontUrl = address
    version = row.version
    createdAt = row.createdAt
  }

  private static let money = Schema.answer(["amount": .words(60), "currency": .words(5)])

  static let schema = Schema.answer([
    "id": .id, "slug": .words(40), "name": .words(120), "tagline": .words(200),
    "state": .choice(["pending", "active", "suspended", "closed", "terminated"]),
    "test_mode": .boolean, "accepts_orders": .boolean, "country": .words(2),
    "currency": .words(5), "locale": .words(35), "time_zone": .words(64),
    "primary_color": .words(7), "accent_color": .words(7),
    "font_family": .choice(FontFamily.allCases.map(\.rawValue)),
    "logo_url": .nullable(.words(500)), "favicon_url": .nullable(.words(500)),
    "minimum_order": .nullable(money), "approval_threshold": .nullable(money),
    "guest_checkout": .boolean, "log_ip_addresses": .boolean,
    "cors_origins": .list(of: .words(300), count: 0...20), "powered_by": .nullable(.boolean),
    "disclose_fee": .boolean, "transaction_hashes_on_invoices": .boolean,
    "storefront_url": .words(400),
    "version": .integer(1...Int.max), "created_at": .time,
  ])
}
