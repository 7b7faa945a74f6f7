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
  /// A word of the table of roles.
  package let role: String

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
      row throws(RowError) in
      ShopMembership(
        shop: try row.get("shop_id"), slug: try row.get("slug"), name: try row.get("name"),
        state: try row.get("state"), isTest: try row.get("is_test"), role: try row.get("role"))
    }
  }
}
