import API
import Fields
import FoundationEssentials
import PostgreSQL
import Scope

/// A shop on its way to another owner.
struct Transfer: Sendable {
  let from: ID<Account>
  let to: ID<Account>
  let askedAt: Date
  /// When the shop changes hands; nil until the new owner has accepted.
  let dueAt: Date?

  /// In seconds, from the acceptance: time to notice what one did not mean.
  static let delay: TimeInterval = 72 * 3_600
  /// In seconds, to accept.
  static let life: TimeInterval = 7 * 86_400

  func isOpen(at now: Date) -> Bool { dueAt != nil || now < askedAt + Self.life }
  func concerns(_ account: ID<Account>) -> Bool { account == from || account == to }

  static func find(in shop: ShopScope) -> Query<Transfer> {
    query("shop_id = \(shop.id)")
  }

  /// Holds the row until commit.
  static func locked(in shop: ShopScope) -> Query<Transfer> {
    query("shop_id = \(shop.id) FOR UPDATE")
  }

  private static func query(_ condition: SQL) -> Query<Transfer> {
    Query(
      "SELECT from_account, to_account, asked_at, due_at FROM shop_transfers WHERE \(condition)"
    ) { row throws(RowError) in
      Transfer(
        from: try row.get("from_account"), to: try row.get("to_account"),
        askedAt: try row.get("asked_at"), dueAt: try row.get("due_at"))
    }
  }

  static func remove(in shop: ShopScope) -> Command {
    Command("DELETE FROM shop_transfers WHERE shop_id = \(shop.id)")
  }

  /// A manager who becomes something else does not become the owner.
  static func removeAll(of account: ID<Account>, in shop: ShopScope) -> Command {
    Command(
      """
      DELETE FROM shop_transfers WHERE shop_id = \(shop.id) AND to_account = \(account)
      """)
  }

  struct View: Encodable, Sendable {
    let fromAccount: String
    let toAccount: String
    let askedAt: Date
    @OrNull var dueAt: Date?

    init(_ transfer: Transfer) {
      fromAccount = "\(transfer.from)"
      toAccount = "\(transfer.to)"
      askedAt = transfer.askedAt
      dueAt = transfer.dueAt
    }

    static let schema = Schema.answer([
      "from_account": .id, "to_account": .id, "asked_at": .time, "due_at": .nullable(.time),
    ])
  }
}
