import Access
import FoundationEssentials
import Jobs
import PostgreSQL
import Scope

/// A mail about work in a shop, as the queue holds it: ids alone. Names and the link of an invitation are
/// put in when it is sent.
struct ShopMail: Codable, Sendable, Equatable {
  enum Kind: String, Codable, Sendable, CaseIterable {
    case invitation
    case invitationAccepted = "invitation_accepted"
    case roleGranted = "role_granted"
    case roleChanged = "role_changed"
    case roleRemoved = "role_removed"
    case transferAsked = "transfer_asked"
    case transferAccepted = "transfer_accepted"
    case transferCancelled = "transfer_cancelled"
    case transferDone = "transfer_done"
  }

  let kind: Kind
  let shop: UUID
  /// An account; of an invitation, the invitation.
  let recipient: UUID
  var role: StaffRole?
  /// The account that it is about, where that is not the recipient for sure.
  var other: UUID?
  var dueAt: Date?
  let at: Date

  /// A mail server may be away for a day.
  static let job = Job<ShopMail>("shops.mail", attempts: 36, timeLimit: .seconds(60))
}

extension Shops {
  /// To somebody with an account, in a transaction of the shop.
  func send(
    _ kind: ShopMail.Kind, to account: ID<Account>, role: StaffRole? = nil,
    other: ID<Account>? = nil, dueAt: Date? = nil, in shop: ShopScope
  ) throws(JobError) -> Command {
    let mail = ShopMail(
      kind: kind, shop: shop.id.uuid, recipient: account.uuid, role: role, other: other?.uuid,
      dueAt: dueAt, at: now)
    return try ShopMail.job.enqueue(mail, for: shop.id.uuid, now: now, priority: .urgent)
  }

  /// To an address that may be nobody's yet.
  func send(
    _ kind: ShopMail.Kind, to invitation: ID<Invitation>, in shop: ShopScope
  ) throws(JobError) -> Command {
    let mail = ShopMail(kind: kind, shop: shop.id.uuid, recipient: invitation.uuid, at: now)
    return try ShopMail.job.enqueue(mail, for: shop.id.uuid, now: now, priority: .urgent)
  }

  /// To somebody with an account, in a transaction of whoever acts, which cannot reach the shop's queue.
  func sendAsAccount(
    _ kind: ShopMail.Kind, to account: ID<Account>, role: StaffRole, other: ID<Account>? = nil,
    of shop: ID<Shop>
  ) throws(JobError) -> Command {
    let mail = ShopMail(
      kind: kind, shop: shop.uuid, recipient: account.uuid, role: role, other: other?.uuid,
      at: now)
    return try ShopMail.job.enqueue(mail, for: Platform.id, now: now, priority: .urgent)
  }
}
