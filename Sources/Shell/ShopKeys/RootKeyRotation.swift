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

  private static let shopsAtATime = 200

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
    try file.replace(with: ring.keys)
    var wrapped = 0
    repeat {
      wrapped += try await wrapAll(in: ring)
    } while try await !forgetOldKeys(but: new)
    try file.replace(with: [new])
    _ = consume lock
    return (new.id, wrapped)
  }

  /// One pass over all shops, in the order of their ids. Each batch is a transaction of its own.
  private func wrapAll(in ring: Keyring) async throws -> Int {
    var last: ID<Shop>?
    var count = 0
    while true {
      let batch = try await database.all(
        oldKeys(of: ring.current.id, after: last), in: Guard.commandLine())
      guard let end = batch.last else { return count }
      count += try await wrap(batch, in: ring)
      last = end.shop
    }
  }

  private struct OldKey {
    let shop: ID<Shop>
    let wrapped: Bytes
  }

  private func oldKeys(of current: KeyID, after last: ID<Shop>?) -> Query<OldKey> {
    let rest: SQL = if let last { "AND shop_id > \(last)" } else { "" }
    return Query(
      """
      SELECT shop_id, wrapped FROM shop_keys
       WHERE root_key_id <> \(Bytes(current.bytes)) \(rest)
       ORDER BY shop_id LIMIT \(Self.shopsAtATime)
      """
    ) { row throws(RowError) in
      OldKey(shop: try row.get("shop_id"), wrapped: try row.get("wrapped"))
    }
  }

  private func wrap(_ batch: [OldKey], in ring: Keyring) async throws -> Int {
    let renewed = try batch.map { old in
      let context = SealContext.dataKey(of: old.shop)
      let wrapped = try SealedValue(old.wrapped.array)
      guard let root = ring[wrapped.keyID] else {
        throw Failure.rootKeyMissing(wrapped.keyID)
      }
      let key = try wrapped.unwrapped(with: root.forWrapping, for: context)
      return Bytes(
        try SealedValue(wrapping: key, with: ring.current.forWrapping, for: context).bytes)
    }
    // Only what is still as it was read: a shop's row may have been destroyed since.
    return try await database.run(
      Command(
        """
        UPDATE shop_keys SET root_key_id = \(Bytes(ring.current.id.bytes)), wrapped = renewed.wrapped
          FROM unnest(\(batch.map(\.shop)), \(batch.map(\.wrapped)), \(renewed))
               AS renewed (shop_id, old, wrapped)
         WHERE shop_keys.shop_id = renewed.shop_id AND shop_keys.wrapped = renewed.old
        """), in: Guard.commandLine())
  }

  /// - Returns: False when one is in use again: a process that had not yet read the new file made a
  ///   shop's key with it.
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
