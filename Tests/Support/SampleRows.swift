#if DEBUG
  import FoundationEssentials
  import PostgreSQL
  @testable import Scope

  /// A row in each table that nothing else of a test shop fills, so that there is one to protect.
  enum SampleRows {
    /// Past every policy: who may write them is for the tests of their own capability to say.
    static func insert(for shop: ID<Shop>, in place: TestDatabase) async throws {
      let account = UUID().uuidString.lowercased()
      let connection = try Connection(to: place.superuserConnectionString)
      let statements = [
        """
        INSERT INTO app.accounts (account_id, terms_version, terms_accepted_at, created_at)
        VALUES ('\(account)', '1.0', now(), now())
        """,
        """
        INSERT INTO app.shop_roles (shop_id, account_id, role, since)
        VALUES ('\(shop)', '\(account)', 'owner', now())
        """,
        """
        INSERT INTO app.shop_transitions (shop_id, id, from_state, to_state, at)
        VALUES ('\(shop)', gen_random_uuid(), 'pending', 'active', now())
        """,
      ]
      try await connection.script(statements.joined(separator: ";\n"))
      await connection.close()
    }
  }
#endif
