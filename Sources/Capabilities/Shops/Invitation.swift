import API
import Access
import Accounts
import Fields
import FoundationEssentials
import PostgreSQL
import Scope
import Secrets

/// A chance to work in a shop that is open: neither taken, nor withdrawn, nor over.
struct Invitation: Sendable {
  let id: ID<Invitation>
  let email: String
  let role: StaffRole
  let invitedBy: ID<Account>?
  let language: String
  let invitedAt: Date
  let expiresAt: Date

  /// In seconds.
  static let life: TimeInterval = 7 * 86_400

  static func all(in shop: ShopScope, now: Date) -> Query<Invitation> {
    query("shop_id = \(shop.id) AND expires_at > \(now) ORDER BY invited_at, id")
  }

  static func find(_ id: ID<Invitation>, in shop: ShopScope, now: Date) -> Query<Invitation> {
    query("shop_id = \(shop.id) AND id = \(id) AND expires_at > \(now) FOR UPDATE")
  }

  static func find(
    to address: EmailAddress, in shop: ShopScope, now: Date
  ) -> Query<Invitation> {
    query(
      """
      shop_id = \(shop.id) AND email_key = \(address.key) AND expires_at > \(now) FOR UPDATE
      """)
  }

  private static func query(_ condition: SQL) -> Query<Invitation> {
    Query(
      """
      SELECT id, email, role, invited_by, language, invited_at, expires_at FROM shop_invitations
       WHERE \(condition)
      """
    ) { row throws(RowError) in
      Invitation(
        id: try row.get("id"), email: try row.get("email"), role: try row.staffRole("role"),
        invitedBy: try row.get("invited_by"), language: try row.get("language"),
        invitedAt: try row.get("invited_at"), expiresAt: try row.get("expires_at"))
    }
  }

  /// The link that a mail is about to carry; one that was sent before no longer counts.
  static func keep(_ token: SecretToken, of id: ID<Invitation>, in shop: ShopScope) -> Command {
    Command(
      """
      UPDATE shop_invitations SET token_hash = \(Bytes(token.hash))
       WHERE shop_id = \(shop.id) AND id = \(id)
      """)
  }

  static func remove(_ id: ID<Invitation>, in shop: ShopScope) -> Command {
    Command("DELETE FROM shop_invitations WHERE shop_id = \(shop.id) AND id = \(id)")
  }

  /// What somebody offered ends with their right to offer it.
  static func removeAll(by account: ID<Account>, in shop: ShopScope) -> Command {
    Command(
      """
      DELETE FROM shop_invitations WHERE shop_id = \(shop.id) AND invited_by = \(account)
      """)
  }

  struct View: Encodable, Sendable {
    let id: String
    let email: String
    let role: String
    let invitedAt: Date
    let expiresAt: Date

    init(_ invitation: Invitation) {
      id = "\(invitation.id)"
      email = invitation.email
      role = invitation.role.rawValue
      invitedAt = invitation.invitedAt
      expiresAt = invitation.expiresAt
    }

    static let schema = Schema.answer([
      "id": .id, "email": .words(254), "role": StaffRole.schema, "invited_at": .time,
      "expires_at": .time,
    ])
  }
}
