import FoundationEssentials
import PostgreSQL
package import Scope
package import Secrets
import Synchronization

/// The data keys of shops and of accounts, unwrapped as they are asked for.
package final class DataKeys: Sendable {
  package enum Failure: Error, Equatable {
    /// A scope of the catalogue reaches no keys.
    case notForVisitors
    /// The key file lacks the root key that wraps this owner's.
    case rootKeyMissing(KeyID)
    /// The database accepts no root key that the file has.
    case rootKeyRefused(KeyID)
  }

  private static let longest = Duration.seconds(60)
  private static let mostKept = 4_096

  private struct Kept {
    let key: SecretKey
    let until: ContinuousClock.Instant
  }

  private let rootKeys: RootKeys
  private let database: Database
  private let kept = Mutex<[Place: Kept]>([:])

  package init(rootKeys: RootKeys, database: Database) {
    self.rootKeys = rootKeys
    self.database = database
  }

  /// Made when it is first asked for; of several who do so at once all get the same.
  package func key(of shop: ShopScope) async throws -> SecretKey {
    // The database refuses too, but is not asked for a key that is in memory.
    guard shop.tables != .catalogue else { throw Failure.notForVisitors }
    return try await key(at: Place(table: .shops, owner: shop.id.uuid), in: shop)
  }

  /// As a shop's.
  package func key(of account: AccountScope) async throws -> SecretKey {
    try await key(at: Place(table: .accounts, owner: account.id.uuid), in: account)
  }

  private func key(at place: Place, in scope: some TransactionScope) async throws -> SecretKey {
    if let known = kept.withLock({ $0[place] }), known.until > .now { return known.key }
    let key: SecretKey
    if let wrapped = try await wrapped(at: place, in: scope) {
      key = try unwrap(wrapped, at: place)
    } else {
      key = try await make(at: place, in: scope)
    }
    keep(key, at: place)
    return key
  }

  private func keep(_ key: SecretKey, at place: Place) {
    kept.withLock { kept in
      // What is asked for often is soon back.
      if kept.count >= Self.mostKept { kept.removeAll(keepingCapacity: true) }
      kept[place] = Kept(key: key, until: .now + Self.longest)
    }
  }

  private func wrapped(
    at place: Place, in scope: some TransactionScope
  ) async throws -> SealedValue? {
    let query = Query<Bytes>(
      "SELECT wrapped FROM \(place.table.name) WHERE \(place.table.owner) = \(place.owner)"
    ) { row throws(RowError) in try row.get("wrapped") }
    return try await database.first(query, in: scope).map { try SealedValue($0.array) }
  }

  private func unwrap(_ wrapped: SealedValue, at place: Place) throws -> SecretKey {
    guard let root = try rootKeys.key(wrapped.keyID) else {
      throw Failure.rootKeyMissing(wrapped.keyID)
    }
    return try wrapped.unwrapped(with: place.table.wrappingKey(from: root), for: place.context)
  }

  private func make(at place: Place, in scope: some TransactionScope) async throws -> SecretKey {
    var root = rootKeys.current.current
    var refused: KeyID?
    // The file names a new key before the database refuses the old one: the same key twice is none of ours.
    while try await !store(.random(), under: root, at: place, in: scope) {
      guard refused != root.id else { throw Failure.rootKeyRefused(root.id) }
      refused = root.id
      // Rotated since we read the file, maybe again since then, or the first key of a new installation.
      root = try rootKeys.reload().current
      try await database.run(
        Command("SELECT app.register_first_root_key(\(Bytes(root.id.bytes)))"), in: Guard.anybody())
    }
    // Another may have been first: theirs counts.
    guard let wrapped = try await wrapped(at: place, in: scope) else {
      throw Failure.rootKeyRefused(root.id)
    }
    return try unwrap(wrapped, at: place)
  }

  /// - Returns: False when the database knows no such root key.
  private func store(
    _ key: SecretKey, under root: SecretKey, at place: Place, in scope: some TransactionScope
  ) async throws -> Bool {
    let table = place.table
    let wrapped = try SealedValue(
      wrapping: key, with: table.wrappingKey(from: root), for: place.context)
    let insert = Command(
      """
      INSERT INTO \(table.name) (\(table.owner), root_key_id, wrapped)
      VALUES (\(place.owner), \(Bytes(root.id.bytes)), \(Bytes(wrapped.bytes)))
      ON CONFLICT (\(table.owner)) DO NOTHING
      """)
    do throws(PostgreSQLError) {
      try await database.run(insert, in: scope)
      return true
    } catch {
      guard error.serverError?.state == .foreignKeyViolation else { throw error }
      return false
    }
  }
}

extension DataKeys {
  /// Whose key it is, and so in which row.
  private struct Place: Hashable {
    let table: KeyTable
    let owner: UUID

    var context: SealContext { table.context(of: owner) }
  }
}
