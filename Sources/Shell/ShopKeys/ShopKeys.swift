import PostgreSQL
package import Scope
package import Secrets
import Synchronization

/// The data keys of shops, unwrapped as they are asked for.
package final class ShopKeys: Sendable {
  package enum Failure: Error, Equatable {
    /// A scope of the catalogue reaches no keys.
    case notForVisitors
    /// The key file lacks the root key that wraps this shop's.
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
  private let kept = Mutex<[ID<Shop>: Kept]>([:])

  package init(rootKeys: RootKeys, database: Database) {
    self.rootKeys = rootKeys
    self.database = database
  }

  /// Made when it is first asked for; of several who do so at once all get the same.
  package func key(of shop: ShopScope) async throws -> SecretKey {
    // The database refuses too, but is not asked for a key that is in memory.
    guard shop.tables != .catalogue else { throw Failure.notForVisitors }
    if let known = kept.withLock({ $0[shop.id] }), known.until > .now { return known.key }
    let key: SecretKey
    if let wrapped = try await wrapped(in: shop) {
      key = try unwrap(wrapped, of: shop)
    } else {
      key = try await make(in: shop)
    }
    keep(key, of: shop)
    return key
  }

  private func keep(_ key: SecretKey, of shop: ShopScope) {
    kept.withLock { kept in
      // What is asked for often is soon back.
      if kept.count >= Self.mostKept { kept.removeAll(keepingCapacity: true) }
      kept[shop.id] = Kept(key: key, until: .now + Self.longest)
    }
  }

  private func wrapped(in shop: ShopScope) async throws -> SealedValue? {
    let query = Query<Bytes>("SELECT wrapped FROM shop_keys WHERE shop_id = \(shop.id)") {
      row throws(RowError) in try row.get("wrapped")
    }
    return try await database.first(query, in: shop).map { try SealedValue($0.array) }
  }

  private func unwrap(_ wrapped: SealedValue, of shop: ShopScope) throws -> SecretKey {
    guard let root = try rootKeys.key(wrapped.keyID) else {
      throw Failure.rootKeyMissing(wrapped.keyID)
    }
    return try wrapped.unwrapped(with: root.forWrapping, for: .dataKey(of: shop.id))
  }

  private func make(in shop: ShopScope) async throws -> SecretKey {
    var root = rootKeys.current.current
    if try await !store(.random(), under: root, in: shop) {
      // Rotated since we read the file, or the first key of a new installation.
      root = try rootKeys.reload().current
      try await database.run(
        Command("SELECT app.register_first_root_key(\(Bytes(root.id.bytes)))"), in: Guard.anybody())
      guard try await store(.random(), under: root, in: shop) else {
        throw Failure.rootKeyRefused(root.id)
      }
    }
    // Another may have been first: theirs counts.
    guard let wrapped = try await wrapped(in: shop) else { throw Failure.rootKeyRefused(root.id) }
    return try unwrap(wrapped, of: shop)
  }

  /// - Returns: False when the database knows no such root key.
  private func store(
    _ key: SecretKey, under root: SecretKey, in shop: ShopScope
  ) async throws -> Bool {
    let wrapped = try SealedValue(
      wrapping: key, with: root.forWrapping, for: .dataKey(of: shop.id))
    let insert = Command(
      """
      INSERT INTO shop_keys (shop_id, root_key_id, wrapped)
      VALUES (\(shop.id), \(Bytes(root.id.bytes)), \(Bytes(wrapped.bytes)))
      ON CONFLICT (shop_id) DO NOTHING
      """)
    do throws(PostgreSQLError) {
      try await database.run(insert, in: shop)
      return true
    } catch {
      guard error.serverError?.state == .foreignKeyViolation else { throw error }
      return false
    }
  }
}

extension SecretKey {
  /// A root key has other purposes too, each with a key of its own.
  var forWrapping: SecretKey { derived(for: "shop keys") }
}

extension SealContext {
  static func dataKey(of shop: ID<Shop>) -> SealContext {
    SealContext(table: "shop_keys", column: "wrapped", row: shop.uuid, owner: shop.uuid)
  }
}
