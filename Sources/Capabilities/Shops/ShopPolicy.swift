import FoundationEssentials
import HTML
import PostgreSQL
import Scope

/// A text that a shop's buyers rely on, in one version. A version is never changed.
struct ShopPolicy: Sendable, Equatable {
  enum Kind: String, Sendable, CaseIterable, Codable {
    case terms, returns, privacy

    var name: Text {
      switch self {
      case .terms: "Terms of sale"
      case .returns: "Returns and refunds"
      case .privacy: "Privacy of buyers"
      }
    }
  }

  let kind: Kind
  let version: Int
  /// Plain; an empty line ends a paragraph. Empty: withdrawn.
  let words: String
  let publishedAt: Date

  var paragraphs: [Substring] {
    words.split(separator: "\n\n", omittingEmptySubsequences: true)
  }

  /// The version in force of each kind that has one.
  static func inForce(in shop: ShopScope) -> Query<ShopPolicy> {
    query(
      """
      SELECT DISTINCT ON (kind) kind, version, words, published_at FROM shop_policies
       WHERE shop_id = \(shop.id) ORDER BY kind, version DESC
      """)
  }

  /// - Parameter version: Nil for the one in force.
  static func find(_ kind: Kind, version: Int?, in shop: ShopScope) -> Query<ShopPolicy> {
    query(
      """
      SELECT kind, version, words, published_at FROM shop_policies
       WHERE shop_id = \(shop.id) AND kind = \(kind.rawValue)
         AND version = coalesce(\(version as Int?), version)
       ORDER BY version DESC LIMIT 1
      """)
  }

  func insert(in shop: ShopScope, by account: ID<Account>?) -> Command {
    Command(
      """
      INSERT INTO shop_policies (shop_id, kind, version, words, published_by, published_at)
      VALUES (\(shop.id), \(kind.rawValue), \(version)::integer, \(words),
              \(account as ID<Account>?), \(publishedAt))
      """)
  }

  private static func query(_ sql: SQL) -> Query<ShopPolicy> {
    Query(sql) { row throws(RowError) in
      guard let kind = Kind(rawValue: try row.get("kind")) else { throw .outOfRange("kind") }
      return ShopPolicy(
        kind: kind, version: try row.get("version"), words: try row.get("words"),
        publishedAt: try row.get("published_at"))
    }
  }
}
