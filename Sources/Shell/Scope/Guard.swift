package import PostgreSQL

/// The only way to a scope. A guard is handed facts, and mints.
package enum Guard {
  /// For pages that anybody may see.
  package static func anybody() -> PublicScope { PublicScope() }

  /// For a command that somebody runs on our own machine, logged in as `martlet_operator`.
  package static func commandLine() -> OperatorScope { OperatorScope() }

  /// For the platform's people on pages and by the API. Needs a `Database` that logs in as
  /// `martlet_operator`.
  /// - Returns: Nil for anybody else, and for an operator without a second factor.
  package static func `operator`(_ session: AccountSession) -> OperatorScope? {
    guard session.isOperator, session.hasSecondFactor else { return nil }
    return OperatorScope()
  }

  /// For a storefront's visitors: the shop that a host name leads to, its catalogue only.
  /// - Parameter host: Without port; in any case of letters.
  /// - Returns: Nil when no shop has that name.
  package static func visitor(
    ofHost host: String, database: Database
  ) async throws(PostgreSQLError) -> ShopScope? {
    let shop = Query<ID<Shop>?>("SELECT app.shop_by_host(\(host)) AS shop_id") {
      row throws(RowError) in try row.get("shop_id")
    }
    guard let id = try await database.one(shop, in: anybody()) else { return nil }
    return ShopScope(id, tables: .catalogue)
  }
}
