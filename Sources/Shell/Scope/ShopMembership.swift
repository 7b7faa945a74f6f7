package import FoundationEssentials
package import PostgreSQL

/// What an account is in one shop, as the database had it at this request.
package struct ShopMembership: Sendable {
  package let shop: ID<Shop>
  package let slug: String
  package let name: String
  package let state: String
  /// Until it sells for real.
  package let isTest: Bool
  /// A word of the table of roles; nil of a program, which has scopes instead.
  package let role: String?

  /// One shop's rows, through a group of tables.
  package func scope(_ tables: ShopScope.Tables) -> ShopScope { ShopScope(shop, tables: tables) }
}

extension Guard {
  /// - Parameter reference: A shop's id or its name in addresses.
  /// - Returns: Nil when there is no such shop, or the account is nothing in it.
  package static func membership(
    of session: AccountSession, in reference: String, database: Database
  ) async throws(PostgreSQLError) -> ShopMembership? {
    let id = ID<Shop>(reference)
    let slug = id == nil ? reference : nil
    let query = ShopMembership.query(
      "app.role_in_shop(\(id as ID<Shop>?), \(slug as String?))")
    return try await database.first(query, in: session.scope)
  }

  /// Every shop in which the account has a role, the oldest first.
  package static func memberships(
    of session: AccountSession, database: Database
  ) async throws(PostgreSQLError) -> [ShopMembership] {
    try await database.all(ShopMembership.query("app.shops_of_account()"), in: session.scope)
  }

  /// For a storefront's visitors: the shop of a name, its catalogue only.
  /// - Returns: Nil when no shop has that name, or had it of late.
  package static func visitor(
    ofSlug slug: String, at now: Date, database: Database
  ) async throws(PostgreSQLError) -> ShopVisit? {
    let query = Query<ShopVisit>(
      "SELECT shop_id, slug, state FROM app.shop_by_slug(\(slug), \(now))"
    ) { row throws(RowError) in
      ShopVisit(
        scope: ShopScope(try row.get("shop_id"), tables: .catalogue), slug: try row.get("slug"),
        state: try row.get("state"))
    }
    return try await database.first(query, in: anybody())
  }
}

/// A key of a shop, which a program showed.
package enum ShopKey {}

/// A program that works in a shop, as the database had its key at this request.
package struct ShopProgram: Sendable {
  package let key: ID<ShopKey>
  package let membership: ShopMembership
  /// Words of the table of permissions.
  package let scopes: [String]
  package let usedAt: Date?
}

extension Guard {
  /// - Parameter hash: Of the key that a request shows.
  /// - Returns: Nil when there is no such key, or no longer.
  package static func program(
    keyHash hash: [UInt8], at now: Date, database: Database
  ) async throws(PostgreSQLError) -> ShopProgram? {
    let query = Query<ShopProgram>(
      """
      SELECT shop_id, slug, name, state, is_test, NULL::text AS role, key_id, scopes, used_at
        FROM app.find_api_key(\(Bytes(hash)), \(now))
      """
    ) { row throws(RowError) in
      ShopProgram(
        key: try row.get("key_id"), membership: try ShopMembership(row),
        scopes: try row.get("scopes"), usedAt: try row.get("used_at"))
    }
    return try await database.first(query, in: anybody())
  }

  /// For a job that works for one shop.
  package static func job(for shop: ID<Shop>) -> ShopScope { ShopScope(shop, tables: .staff) }
}

/// A shop that somebody looks at.
package struct ShopVisit: Sendable {
  package let scope: ShopScope
  /// The name that it has now; another one led here for a while.
  package let slug: String
  package let state: String
}

extension ShopMembership {
  fileprivate static func query(_ source: SQL) -> Query<ShopMembership> {
    Query("SELECT shop_id, slug, name, state, is_test, role FROM \(source)") {
      row throws(RowError) in try ShopMembership(row)
    }
  }

  fileprivate init(_ row: borrowing Row) throws(RowError) {
    shop = try row.get("shop_id")
    slug = try row.get("slug")
    name = try row.get("name")
    state = try row.get("state")
    isTest = try row.get("is_test")
    role = try row.get("role")
  }
}
