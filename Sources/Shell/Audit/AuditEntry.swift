package import Access
package import FoundationEssentials
package import HTTPServer
package import PostgreSQL
package import Scope

/// One change in a shop, as it is written down by the transaction that makes it.
package struct AuditEntry: Sendable {
  package let id: ID<AuditEntry>
  let at: Date
  let actor: AuditActor
  let action: String
  let target: AuditTarget
  let before: AuditValues
  let after: AuditValues
  let origin: RequestOrigin?

  /// - Parameters:
  ///   - before: And `after`: what differs, from `AuditValues.differences(from:to:)` where there are both.
  ///   - origin: Nil for what no request asked for.
  package init(
    _ action: some AuditAction, by actor: AuditActor, target: AuditTarget,
    before: AuditValues = [:], after: AuditValues = [:], origin: RequestOrigin?,
    context: Context
  ) {
    id = context.newID()
    at = context.now()
    self.actor = actor
    self.action = action.rawValue
    self.target = target
    self.before = before
    self.after = after
    self.origin = origin
  }

  /// In a shop, by whoever works there.
  package func insert(in shop: ShopScope) -> Command { insert(of: shop.id) }

  /// By the platform's people.
  package func insert(of shop: ID<Shop>, in _: OperatorScope) -> Command { insert(of: shop) }

  /// By an account that has a role in the shop, in a transaction of its own scope, such as opening it.
  /// The database says who that is and what role; `actor` is not asked.
  package func insert(of shop: ID<Shop>, in _: AccountScope) -> Command {
    Command(
      """
      SELECT app.record_own_act(
        \(shop), \(id), \(at), \(action), \(target.kind), \(target.id), \(before.json), \(after.json),
        \(origin?.address as String?), \(origin?.requestID as String?))
      """)
  }

  private func insert(of shop: ID<Shop>) -> Command {
    Command(
      """
      INSERT INTO audit_log
        (shop_id, id, at, actor_kind, actor_id, role, action, target_kind, target_id, before, after,
         address, request_id)
      SELECT shop_id, \(id), \(at), \(actor.kind.rawValue), \(actor.id as UUID?),
             \(actor.role?.rawValue as String?),
             \(action), \(target.kind), \(target.id), \(before.json), \(after.json),
             CASE WHEN logs_ip_addresses THEN \(origin?.address as String?) END,
             \(origin?.requestID as String?)
        FROM shops WHERE shop_id = \(shop)
      """)
  }
}

/// What can be done in a shop, each capability's in an enum of its own. The raw value is stable
/// snake_case and stays for ever, since rows carry it.
package protocol AuditAction: RawRepresentable<String>, Sendable {}

/// Who changed something.
package struct AuditActor: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case account
    case apiKey = "api_key"
    case `operator`
    case platform
  }

  package let kind: Kind
  let id: UUID?
  let role: StaffRole?

  package static func account(_ id: ID<Account>, _ role: StaffRole) -> AuditActor {
    AuditActor(kind: .account, id: id.uuid, role: role)
  }

  package static func apiKey(_ id: UUID) -> AuditActor {
    AuditActor(kind: .apiKey, id: id, role: nil)
  }

  package static func `operator`(_ id: ID<Account>) -> AuditActor {
    AuditActor(kind: .operator, id: id.uuid, role: nil)
  }

  /// A job.
  package static let platform = AuditActor(kind: .platform, id: nil, role: nil)
}

/// What was changed.
package struct AuditTarget: Sendable, Equatable {
  /// Stable snake_case, such as `shop`.
  let kind: String
  let id: String

  /// - Parameter id: At most 200 characters.
  package init(_ kind: String, _ id: some CustomStringConvertible) {
    self.kind = kind
    self.id = id.description
  }
}

/// Which request asked for it, and from where. The address is kept only where the shop wants that.
package struct RequestOrigin: Sendable {
  let requestID: String
  let address: String

  init(requestID: String, address: String) {
    self.requestID = requestID
    self.address = address
  }

  package init(_ request: Request) {
    self.init(requestID: request.id, address: "\(request.clientAddress)")
  }
}
