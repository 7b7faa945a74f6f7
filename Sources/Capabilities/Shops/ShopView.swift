import API
import Fields
import FoundationEssentials
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
    storefrontUrl = shops.storefrontURL(of: row.slug)
    version = row.version
    createdAt = row.createdAt
  }

  static let schema = Schema.answer([
    "id": .id, "slug": .words(40), "name": .words(120), "tagline": .words(200),
    "state": .choice(["pending", "active", "suspended", "closed", "terminated"]),
    "test_mode": .boolean, "accepts_orders": .boolean, "country": .words(2),
    "currency": .words(5), "locale": .words(35), "time_zone": .words(64),
    "primary_color": .words(7), "accent_color": .words(7), "storefront_url": .words(400),
    "version": .integer(1...Int.max), "created_at": .time,
  ])
}
