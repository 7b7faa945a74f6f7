package import FoundationEssentials
package import PostgreSQL
package import Scope

/// One step of a shop's state, with who took it and why.
package struct ShopTransition: Sendable, Equatable {
  package let from: ShopState
  package let to: ShopState
  /// Nil for the platform itself.
  package let actor: ID<Account>?
  package let reason: String
  /// What the owner is told about how to appeal; empty where there is nothing to say.
  package let appeal: String
  package let at: Date

  package init(
    from: ShopState, to: ShopState, actor: ID<Account>?, reason: String, appeal: String = "",
    at: Date
  ) {
    self.from = from
    self.to = to
    self.actor = actor
    self.reason = reason
    self.appeal = appeal
    self.at = at
  }

  package func insert(_ id: UUID, of shop: ID<Shop>) -> Command {
    Command(
      """
      INSERT INTO shop_transitions (shop_id, id, from_state, to_state, actor_id, reason, appeal, at)
      VALUES (\(shop), \(id), \(from.rawValue), \(to.rawValue), \(actor as ID<Account>?), \(reason),
              \(appeal), \(at))
      """)
  }

  /// The newest first.
  package static func last(_ count: Int, of shop: ID<Shop>) -> Query<ShopTransition> {
    Query(
      """
      SELECT from_state, to_state, actor_id, reason, appeal, at FROM shop_transitions
       WHERE shop_id = \(shop) ORDER BY at DESC, id DESC LIMIT \(count)
      """
    ) { row throws(RowError) in
      ShopTransition(
        from: try row.state("from_state"), to: try row.state("to_state"),
        actor: try row.get("actor_id"), reason: try row.get("reason"),
        appeal: try row.get("appeal"), at: try row.get("at"))
    }
  }
}

extension Row {
  /// The database checks that it is one of the states.
  package func state(_ column: StaticString) throws(RowError) -> ShopState {
    let text = try get(column, as: String.self)
    guard let state = ShopState(rawValue: text) else { throw .outOfRange("\(column)") }
    return state
  }
}
