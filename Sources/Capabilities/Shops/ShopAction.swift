import Access
package import Audit
package import HTML
package import PostgreSQL
package import Scope

/// What can be done in a shop, as its log says it.
package enum ShopAction: String, CaseIterable, AuditAction {
  case shopOpened = "shop_opened"
  case settingsChanged = "settings_changed"

  /// Said of a person whose name stands before.
  package var sentence: Text {
    switch self {
    case .shopOpened: "Opened the shop"
    case .settingsChanged: "Changed the settings"
    }
  }
}

extension StaffMember {
  fileprivate var auditActor: AuditActor {
    switch worker {
    case .person(let session, let role): .account(session.account, role)
    case .program(let key, _): .apiKey(key.uuid)
    }
  }
}

extension Shops {
  /// Writes down what a member of the staff does, in the transaction that does it.
  /// - Parameters:
  ///   - target: What is changed; nil for the shop itself.
  ///   - before: And `after`: what differs, from `AuditValues.differences(from:to:)` where there are both.
  package func audit(
    _ action: ShopAction, by member: StaffMember, target: AuditTarget? = nil,
    before: AuditValues = [:], after: AuditValues = [:]
  ) -> Command {
    AuditEntry(
      action, by: member.auditActor,
      target: target ?? AuditTarget("shop", member.shop), before: before, after: after,
      origin: member.origin, context: context
    ).insert(in: member.scope)
  }

  /// The same for an account in a transaction of its own, which has a role in the shop by then.
  package func audit(
    _ action: ShopAction, of shop: ID<Shop>, by session: AccountSession,
    from origin: RequestOrigin, target: AuditTarget? = nil, before: AuditValues = [:],
    after: AuditValues = [:]
  ) -> Command {
    AuditEntry(
      action, by: .account(session.account, .owner), target: target ?? AuditTarget("shop", shop),
      before: before, after: after, origin: origin, context: context
    ).insert(of: shop, in: session.scope)
  }
}
