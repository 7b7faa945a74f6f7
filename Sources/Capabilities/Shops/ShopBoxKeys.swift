package import DataKeys
package import FoundationEssentials
import PostgreSQL
package import Scope
package import Secrets

/// The key pairs to which a shop has things sealed, such as where a buyer lives, in the mode `platform`: the
/// secret key is wrapped by the shop's data key, so that a rotation of root keys leaves it alone.
package struct ShopBoxKeys: Sendable {
  package struct Pair: Sendable {
    /// Kept beside what is sealed: a pair that is retired opens what was sealed to it.
    package let id: UUID
    package let keys: BoxKeyPair
  }

  private let database: Database
  private let dataKeys: DataKeys
  private let context: Context

  package init(database: Database, dataKeys: DataKeys, context: Context) {
    self.database = database
    self.dataKeys = dataKeys
    self.context = context
  }

  /// The one to seal to, made when it is first asked for; of several who do so at once all get the same.
  package func current(of shop: ShopScope) async throws -> Pair {
    if let known = try await pair(Stored.current(in: shop), in: shop) { return known }
    try await database.run(try await newPair(in: shop), in: shop)
    guard let pair = try await pair(Stored.current(in: shop), in: shop) else {
      throw Failure.noPair
    }
    return pair
  }

  /// - Returns: Nil when the shop has no such pair.
  package func pair(_ id: UUID, of shop: ShopScope) async throws -> Pair? {
    try await pair(Stored.find(id, in: shop), in: shop)
  }

  /// Retires the pair in use and makes another.
  package func rotate(of shop: ShopScope) async throws {
    let made = try await newPair(in: shop)
    let retire = Command(
      """
      UPDATE shop_box_keys SET retired_at = \(context.now())
       WHERE shop_id = \(shop.id) AND retired_at IS NULL
      """)
    try await database.run(retire, made, in: shop)
  }

  package enum Failure: Error { case noPair }

  private func pair(_ query: Query<Stored>, in shop: ShopScope) async throws -> Pair? {
    guard let stored = try await database.first(query, in: shop) else { return nil }
    let secret = try SealedValue(stored.wrapped.array).unwrapped(
      with: try await dataKeys.key(of: shop), for: sealContext(stored.id, of: shop))
    return Pair(id: stored.id, keys: BoxKeyPair(secretKey: secret))
  }

  /// Where another was first, theirs stays.
  private func newPair(in shop: ShopScope) async throws -> Command {
    let id = context.newID(Shop.self).uuid
    let pair = BoxKeyPair.random()
    let wrapped = try SealedValue(
      wrapping: pair.secretKey, with: try await dataKeys.key(of: shop),
      for: sealContext(id, of: shop))
    return Command(
      """
      INSERT INTO shop_box_keys (shop_id, id, public_key, wrapped, made_at)
      VALUES (\(shop.id), \(id), \(Bytes(pair.publicKey.bytes)), \(Bytes(wrapped.bytes)),
              \(context.now()))
      ON CONFLICT (shop_id) WHERE retired_at IS NULL DO NOTHING
      """)
  }

  private func sealContext(_ id: UUID, of shop: ShopScope) -> SealContext {
    SealContext(table: "shop_box_keys", column: "wrapped", row: id, owner: shop.id.uuid)
  }

  private struct Stored: Sendable {
    let id: UUID
    let wrapped: Bytes

    static func current(in shop: ShopScope) -> Query<Stored> {
      query("shop_id = \(shop.id) AND retired_at IS NULL")
    }

    static func find(_ id: UUID, in shop: ShopScope) -> Query<Stored> {
      query("shop_id = \(shop.id) AND id = \(id)")
    }

    private static func query(_ condition: SQL) -> Query<Stored> {
      Query("SELECT id, wrapped FROM shop_box_keys WHERE \(condition)") { row throws(RowError) in
        Stored(id: try row.get("id"), wrapped: try row.get("wrapped"))
      }
    }
  }
}
