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
        INSERT INTO app.shop_reports (shop_id, id, ground, about, details, sent_at)
        VALUES ('\(shop)', gen_random_uuid(), 'other', 'A thing', 'It is so.', now())
        """,
        """
        INSERT INTO app.shop_appeals (shop_id, id, account_id, words, sent_at)
        VALUES ('\(shop)', gen_random_uuid(), '\(account)', 'It is not so.', now())
        """,
        """
        INSERT INTO app.shop_policies (shop_id, kind, version, words, published_by, published_at)
        VALUES ('\(shop)', 'terms', 1, 'Be kind.', '\(account)', now())
        """,
        """
        INSERT INTO app.shop_box_keys (shop_id, id, public_key, wrapped, made_at, retired_at)
        VALUES ('\(shop)', gen_random_uuid(), decode(repeat('ee', 32), 'hex'), '\\x01', now(), now())
        """,
      ]
      try await connection.script(statements.joined(separator: ";\n"))
      await connection.close()
    }
  }
#endif
