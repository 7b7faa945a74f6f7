import FoundationEssentials
import PostgreSQL
package import Scope
package import Secrets

/// Brings in a new root key, wraps every data key with it and takes the old ones out, while others serve.
///
/// The order is what makes it safe to stop anywhere: the database is told of the new key, then the file
/// has it, then it is used; an old key leaves the database once nothing refers to it, then the file.
/// Processes that serve read the file again when they meet a key that they do not know, or when the
/// database refuses the one they have.
package struct RootKeyRotation {
  package enum Failure: Error, Equatable {
    /// A data key is wrapped by a root key that the file lacks. Nothing was taken out.
    case rootKeyMissing(KeyID)
  }

  private static let keysAtATime = 200

  private let file: KeyFile
  private let database: Database

  /// - Parameter database: Logs in as `martlet_operator`.
  package init(file: KeyFile, database: Database) {
    self.file = file
    self.database = database
  }

  /// - Returns: The new key's id, and how many data keys it wraps.
  @discardableResult
  package func run() async throws -> (current: KeyID, wrapped: Int) {
    let lock = try file.lock()
    let old = try file.load()
    let new = SecretKey.random()
    try await database.run(
      Command("INSERT INTO root_keys VALUES (\(Bytes(new.id.bytes)))"), in: Guard.commandLine())
    guard let ring = Keyring(old.keys + [new]) else {
      preconditionFailure("a random id came twice")
    }
    try file.replace(with: ring.keys, under: lock)
    var wrapped = 0
    repeat {
      for table in KeyTable.allCases { wrapped += try await wrapAll(of: table, in: ring) }
    } while try await !forgetOldKeys(but: new)
    try file.replace(with: [new], under: lock)
    return (new.id, wrapped)
  }

  /// One pass over all owners of a table, in the order of their ids. Each batch is a transaction of its
  /// own.
  private func wrapAll(of table: KeyTable, in ring: Keyring) async throws -> Int {
    var last: UUID?
    var count = 0
    while true {
      let batch = try await database.all(
        oldKeys(of: table, but: ring.current.id, after: last), in: Guard.commandLine())
      guard let end = batch.last else { return count }
      count += try await wrap(batch, of: table, in: ring)
      last = end.owner
    }
  }

  private struct OldKey {
    let owner: UUID
    let wrapped: Bytes
  }

  private func oldKeys(
    of table: KeyTable, but current: KeyID, after last: UUID?
  ) -> Query<OldKey> {
    let rest: SQL = if let last { "AND \(table.owner) > \(last)" } else { "" }
    return Query(
      """
      SELECT \(table.owner) AS owner, wrapped FROM \(table.name)
       WHERE root_key_id <> \(Bytes(current.bytes)) \(rest)
       ORDER BY \(table.owner) LIMIT \(Self.keysAtATime)
      """
    ) { row throws(RowError) in
      OldKey(owner: try row.get("owner"), wrapped: try row.get("wrapped"))
    }
  }

  private func wrap(
    _ batch: [OldKey], of table: KeyTable, in ring: Keyring
  ) async throws -> Int {
    let current = table.wrappingKey(from: ring.current)
    let renewed = try batch.map { old in
      let context = table.context(of: old.owner)
      let wrapped = try SealedValue(old.wrapped.array)
      guard let root = ring[wrapped.keyID] else {
        throw Failure.rootKeyMissing(wrapped.keyID)
      }
      let key = try wrapped.unwrapped(with: table.wrappingKey(from: root), for: context)
      return Bytes(try SealedValue(wrapping: key, with: current, for: context).bytes)
    }
    // Only what is still as it was read: an owner's row may have been destroyed since.
    return try await database.run(
      Command(
        """
        UPDATE \(table.name) AS known
           SET root_key_id = \(Bytes(ring.current.id.bytes)), wrapped = renewed.wrapped
          FROM unnest(\(batch.map(\.owner)), \(batch.map(\.wrapped)), \(renewed))
               AS renewed (owner, old, wrapped)
         WHERE known.\(table.owner) = renewed.owner AND known.wrapped = renewed.old
        """), in: Guard.commandLine())
  }

  /// - Returns: False when one is in use again: a process that had not yet read the new file made a
  ///   data key with it.
  private func forgetOldKeys(but new: SecretKey) async throws -> Bool {
    do throws(PostgreSQLError) {
      try await database.run(
        Command("DELETE FROM root_keys WHERE root_key_id <> \(Bytes(new.id.bytes))"),
        in: Guard.commandLine())
      return true
    } catch {
      guard error.serverError?.state == .foreignKeyViolation else { throw error }
      return false
    }
  }
}
