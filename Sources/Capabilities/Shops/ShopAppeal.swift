package import FoundationEssentials
package import PostgreSQL
package import Scope

/// What those who run a shop said against its suspension or termination.
package struct ShopAppeal: Sendable {
  package let words: String
  package let sentAt: Date
  /// Nil while it is open.
  package let answer: String?
  package let answeredAt: Date?

  package static func last(_ count: Int, of shop: ID<Shop>) -> Query<ShopAppeal> {
    Query(
      """
      SELECT words, sent_at, answer, answered_at FROM shop_appeals
       WHERE shop_id = \(shop) ORDER BY sent_at DESC, id DESC LIMIT \(count)
      """
    ) { row throws(RowError) in
      ShopAppeal(
        words: try row.get("words"), sentAt: try row.get("sent_at"),
        answer: try row.get("answer"), answeredAt: try row.get("answered_at"))
    }
  }
}
