package import FoundationEssentials
package import HTML
package import PostgreSQL
package import Scope

/// What somebody holds against a shop.
package struct ShopReport: Sendable {
  package enum Ground: String, Sendable, CaseIterable, Codable {
    case prohibited, counterfeit, fraud
    case notDelivered = "not_delivered"
    case stolenContent = "stolen_content"
    case other

    package var name: Text {
      switch self {
      case .prohibited: "It sells what is forbidden"
      case .counterfeit: "It sells counterfeits"
      case .fraud: "It cheats its buyers"
      case .notDelivered: "It takes money and does not deliver"
      case .stolenContent: "It uses words, pictures or data that are not its own"
      case .other: "Something else"
      }
    }
  }

  package enum Decision: String, Sendable, CaseIterable, Codable {
    case dismiss, suspend, terminate

    package var name: Text {
      switch self {
      case .dismiss: "Dismissed"
      case .suspend: "Shop suspended"
      case .terminate: "Shop terminated"
      }
    }
  }

  package let id: ID<ShopReport>
  package let shop: ID<Shop>
  package let ground: Ground
  /// A product, a page or a number of an order, in the words of whoever reports.
  package let about: String
  package let details: String
  /// Where somebody may be asked.
  package let email: String?
  package let sentAt: Date
  /// Nil while it is open.
  package let decision: Decision?
  package let decidedAt: Date?
  package let reason: String?

  package func insert(in shop: ShopScope) -> Command {
    Command(
      """
      INSERT INTO shop_reports (shop_id, id, ground, about, details, email, sent_at)
      VALUES (\(shop.id), \(id), \(ground.rawValue), \(about), \(details), \(email as String?),
              \(sentAt))
      """)
  }

  /// - Parameter source: What stands behind FROM, with `shop_reports` as `report` in it.
  package static func query(from source: SQL) -> Query<ShopReport> {
    Query("SELECT \(columns) FROM \(source)") { row throws(RowError) in try ShopReport(row) }
  }

  package static let columns: SQL = """
    report.shop_id, report.id, report.ground, report.about, report.details, report.email,
    report.sent_at, report.decision, report.decided_at, report.reason
    """

  package init(_ row: borrowing Row) throws(RowError) {
    guard let ground = Ground(rawValue: try row.get("ground")) else { throw .outOfRange("ground") }
    self.ground = ground
    shop = try row.get("shop_id")
    id = try row.get("id")
    about = try row.get("about")
    details = try row.get("details")
    email = try row.get("email")
    sentAt = try row.get("sent_at")
    decision = try row.get("decision", as: String?.self).flatMap(Decision.init(rawValue:))
    decidedAt = try row.get("decided_at")
    reason = try row.get("reason")
  }

  init(id: ID<ShopReport>, shop: ID<Shop>, _ form: ReportShop.Form, at now: Date) {
    self.id = id
    self.shop = shop
    ground = form.ground
    about = form.about
    details = form.details
    email = form.email
    sentAt = now
    decision = nil
    decidedAt = nil
    reason = nil
  }
}
