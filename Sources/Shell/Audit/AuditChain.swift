import PostgreSQL
import Scope
import Secrets

/// How entries are hashed and chained. Nothing else decides what a chain is, so that whoever has the rows
/// can do the same sums.
///
/// All is hashed as a list of fields, each written as the decimal count of its UTF-8 bytes, a colon, and the
/// bytes; a field without value as `-`. Ids are lower-case UUIDs, times whole microseconds since 1970,
/// hashes lower-case hexadecimal. The first field names the form, and with it the version.
///
///     entry_hash = SHA-256 of: martlet.audit.entry.1, shop, id, time, actor kind, actor id, role, action,
///                              target kind, target id, before, after, address, request id
///     hash       = SHA-256 of: martlet.audit.seal.1, shop, sequence, entry id, entry_hash, hash of the
///                              seal before it, which the first one has not
enum AuditChain {
  static func hash(of entry: StoredEntry, in shop: ID<Shop>) -> [UInt8] {
    hash([
      "martlet.audit.entry.1", shop.description, entry.id.description, "\(entry.microseconds)",
      entry.actorKind, entry.actorID?.description, entry.role, entry.action, entry.targetKind,
      entry.targetID, entry.before, entry.after, entry.address, entry.requestID,
    ])
  }

  /// - Parameter previous: Nil for the first.
  static func seal(
    _ entry: ID<AuditEntry>, hash entryHash: [UInt8], sequence: Int, in shop: ID<Shop>,
    after previous: [UInt8]?
  ) -> [UInt8] {
    hash([
      "martlet.audit.seal.1", shop.description, "\(sequence)", entry.description, entryHash.hex,
      previous?.hex,
    ])
  }

  private static func hash(_ fields: [String?]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields {
      bytes += (field.map { "\($0.utf8.count):\($0)" } ?? "-").utf8
    }
    return SHA256.hash(bytes)
  }
}

/// An entry exactly as its row has it.
struct StoredEntry: Sendable {
  let id: ID<AuditEntry>
  let microseconds: Int
  let actorKind: String
  let actorID: ID<Account>?
  let role: String?
  let action: String
  let targetKind: String
  let targetID: String
  let before: String
  let after: String
  let address: String?
  let requestID: String?

  /// Of a row that is called `entry`.
  static let columns: SQL = """
    entry.id, (extract(epoch FROM entry.at) * 1000000)::bigint AS microseconds, entry.actor_kind,
    entry.actor_id, entry.role, entry.action, entry.target_kind, entry.target_id, entry.before,
    entry.after, entry.address, entry.request_id
    """
}

extension StoredEntry {
  init(_ row: borrowing Row) throws(RowError) {
    id = try row.get("id")
    microseconds = try row.get("microseconds")
    actorKind = try row.get("actor_kind")
    actorID = try row.get("actor_id")
    role = try row.get("role")
    action = try row.get("action")
    targetKind = try row.get("target_kind")
    targetID = try row.get("target_id")
    before = try row.get("before")
    after = try row.get("after")
    address = try row.get("address")
    requestID = try row.get("request_id")
  }
}

extension [UInt8] {
  /// In lower case.
  package var hex: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
