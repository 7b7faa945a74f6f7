package import Access
package import FoundationEssentials
package import PostgreSQL
package import Scope

/// Which entries of a shop are asked for; nil is any.
package struct AuditFilter: Sendable, Equatable {
  package var actor: ID<Account>?
  package var action: String?
  /// The id of what was changed.
  package var target: String?
  /// From then on.
  package var from: Date?
  /// Before then.
  package var until: Date?

  package init(
    actor: ID<Account>? = nil, action: String? = nil, target: String? = nil, from: Date? = nil,
    until: Date? = nil
  ) {
    self.actor = actor
    self.action = action
    self.target = target
    self.from = from
    self.until = until
  }
}

/// An entry as people and programs read it.
package struct ListedEntry: Sendable {
  /// What the list is sorted by.
  package struct Position: Codable, Sendable {
    let at: Date
    let id: UUID
  }

  package let id: ID<AuditEntry>
  package let at: Date
  package let actorKind: AuditActor.Kind
  /// Nil for the platform.
  package let actor: ID<Account>?
  package let role: StaffRole?
  package let action: String
  package let targetKind: String
  package let targetID: String
  package let before: AuditValues
  package let after: AuditValues
  package let address: String?
  package let requestID: String?
  /// Its place in the chain; nil until it is sealed.
  package let sequence: Int?

  package var position: Position { Position(at: at, id: id.uuid) }

  /// The newest first.
  /// - Parameter last: Of the part before this one; nil for the start.
  package static func all(
    in shop: ShopScope, _ filter: AuditFilter, before last: Position?, count: Int
  ) -> Query<ListedEntry> {
    Query(
      """
      SELECT entry.id, entry.at, entry.actor_kind, entry.actor_id, entry.role, entry.action,
             entry.target_kind, entry.target_id, entry.before, entry.after, entry.address,
             entry.request_id, seal.sequence
        FROM audit_log AS entry
        LEFT JOIN audit_seals AS seal
          ON seal.shop_id = entry.shop_id AND seal.entry_id = entry.id
       WHERE entry.shop_id = \(shop.id) \(filter.conditions) \(behind(last))
       ORDER BY entry.at DESC, entry.id DESC LIMIT \(count)
      """
    ) { row throws(RowError) in try ListedEntry(row) }
  }

  private static func behind(_ last: Position?) -> SQL {
    last.map { "AND (entry.at, entry.id) < (\($0.at), \($0.id))" } ?? ""
  }

  private init(_ row: borrowing Row) throws(RowError) {
    id = try row.get("id")
    at = try row.get("at")
    actorKind = AuditActor.Kind(rawValue: try row.get("actor_kind")) ?? .platform
    actor = try row.get("actor_id")
    role = try row.get("role", as: String?.self).flatMap(StaffRole.init)
    action = try row.get("action")
    targetKind = try row.get("target_kind")
    targetID = try row.get("target_id")
    before = AuditValues(json: try row.get("before"))
    after = AuditValues(json: try row.get("after"))
    address = try row.get("address")
    requestID = try row.get("request_id")
    sequence = try row.get("sequence")
  }
}

extension AuditFilter {
  /// Each stands there only where it is asked for, so that the database can choose an index.
  fileprivate var conditions: SQL {
    let actor: SQL = actor.map { "AND entry.actor_id = \($0)" } ?? ""
    let action: SQL = action.map { "AND entry.action = \($0)" } ?? ""
    let target: SQL = target.map { "AND entry.target_id = \($0)" } ?? ""
    let from: SQL = from.map { "AND entry.at >= \($0)" } ?? ""
    let until: SQL = until.map { "AND entry.at < \($0)" } ?? ""
    return "\(actor) \(action) \(target) \(from) \(until)"
  }
}

/// What somebody is called who works in a shop, or once changed something there.
package struct NamedActor: Sendable {
  package let id: ID<Account>
  /// May be empty.
  package let name: String
  package let worksHere: Bool

  /// Those who work there, and of `ids` those who are in its log.
  package static func all(among ids: some Collection<ID<Account>>) -> Query<NamedActor> {
    Query("SELECT account_id, name, works_here FROM app.names_in_shop(\(Array(ids)))") {
      row throws(RowError) in
      NamedActor(
        id: try row.get("account_id"), name: try row.get("name"),
        worksHere: try row.get("works_here"))
    }
  }
}

extension ListedEntry {
  /// A part that is not what it was.
  package struct Change: Sendable {
    package let field: String
    package let before: AuditValue
    package let after: AuditValue
  }

  /// By name.
  package var changes: [Change] {
    Set(before.parts.keys).union(after.parts.keys).sorted().map {
      Change(
        field: $0, before: before.parts[$0] ?? .nothing, after: after.parts[$0] ?? .nothing)
    }
  }
}
