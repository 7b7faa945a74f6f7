// Scopes are minted here as tests do it, which a release build does not allow.
#if DEBUG
  import FoundationEssentials
  import PostgreSQL
  @testable package import Scope

  /// Two shops that no other test knows, in the shared database unless told otherwise.
  package struct TestShops: Sendable {
    /// Logs in as the web processes do.
    package let database: Database
    package let mine: TestShop
    package let theirs: TestShop

    /// - Parameter withKeys: Whether each has rows where its data key and the chain of its log would be,
    ///   which open and prove nothing.
    package init(in own: TestDatabase? = nil, withKeys: Bool = true) async throws {
      let place =
        if let own { own } else { try await TestDatabase.shared() }
      database = Database(pool: place.web)
      mine = try await .open(in: place)
      theirs = try await .open(in: place)
      guard withKeys else { return }
      for shop in [mine, theirs] {
        try await shop.addKey(in: place)
        try await shop.addLog(in: place)
      }
    }
  }

  package struct TestShop: Sendable {
    package let id: ID<Shop>
    package let slug: String
    package let host: String
    package let reseller: ID<Reseller>
    package let catalogue: ShopScope
    package let staff: ShopScope
    package let commerce: ShopScope

    static func open(in place: TestDatabase) async throws -> TestShop {
      let id = Context.system.newID(Shop.self)
      let slug = "shop-" + id.description.suffix(12)
      let host = "\(slug).example"
      let web = Database(pool: place.web)
      let owner = try await openAccount(in: web)
      try await web.run(
        Command(
          """
          SELECT FROM app.open_shop(
            \(id), \([slug]), 'A shop', 'KE', 'KES', 'en', 'Africa/Nairobi',
            \(Context.system.newID(Shop.self)), now())
          """), in: owner)
      try await Database(pool: place.operator).run(
        Command("INSERT INTO shop_hosts (host, shop_id) VALUES (\(host), \(id))"),
        in: OperatorScope())
      let shop = TestShop(
        id: id, slug: slug, host: host, reseller: Context.system.newID(),
        catalogue: ShopScope(id, tables: .catalogue), staff: ShopScope(id, tables: .staff),
        commerce: ShopScope(id, tables: .commerce))
      try await Database(pool: place.web).run(
        Command(
          """
          INSERT INTO resellers (shop_id, reseller_id, name) VALUES (\(id), \(shop.reseller), 'R')
          """),
        in: shop.staff)
      try await shop.addQueueRows(in: place)
      try await shop.addTeam(of: owner, in: web)
      try await SampleRows.insert(for: id, in: place)
      return shop
    }

    private static func openAccount(in web: Database) async throws -> AccountScope {
      let account = AccountScope(Context.system.newID())
      let email = "\(account.id)@example.com"
      try await web.run(
        Command(
          """
          INSERT INTO accounts (account_id, email, email_key, email_verified_at, terms_version,
            terms_accepted_at, created_at)
          VALUES (\(account.id), \(email), \(email), now(), '1.0', now(), now())
          """), in: account)
      return account
    }

    /// A manager who came by an invitation and is to have the shop, one more who is invited, and a key.
    private func addTeam(of owner: AccountScope, in web: Database) async throws {
      let manager = try await Self.openAccount(in: web)
      let token = Bytes(Array("\(manager.id)".utf8.prefix(32)))
      try await invite("\(manager.id)@example.com", by: token, in: web)
      try await web.run(
        Command("SELECT FROM app.accept_invitation(\(token), now())"), in: manager)
      try await invite("guest@example.com", by: token, in: web)
      _ = try await web.run(
        Command(
          """
          INSERT INTO shop_transfers (shop_id, from_account, to_account, asked_at)
          VALUES (\(id), \(owner.id), \(manager.id), now())
          """),
        Command(
          """
          INSERT INTO shop_api_keys
            (shop_id, id, name, mode, prefix, secret_hash, scopes, made_by, made_at)
          VALUES (\(id), \(id), 'A key', 'test', 'mk_test_', \(token), '{shop:read}',
                  \(owner.id), now())
          """), in: staff)
    }

    private func invite(_ email: String, by token: Bytes, in web: Database) async throws {
      try await web.run(
        Command(
          """
          INSERT INTO shop_invitations
            (shop_id, id, email, email_key, role, language, invited_at, expires_at, token_hash)
          VALUES (\(id), gen_random_uuid(), \(email), \(email), 'manager', 'en', now(),
                  now() + interval '1 day', \(token))
          """), in: staff)
    }

    /// Of names that no worker of a test knows.
    private func addQueueRows(in place: TestDatabase) async throws {
      try await Database(pool: place.web).run(
        Command(
          """
          INSERT INTO jobs (shop_id, name, payload, state, run_at, max_attempts)
          VALUES (\(id), 'test.sample', '{}', 'ready', now(), 1)
          """),
        in: commerce)
      _ = try await place.worker.run(
        Command(
          """
          WITH event AS (
            INSERT INTO app.outbox (shop_id, topic, aggregate, body, emitted_at)
            VALUES (\(id), 'test.sample', 'sample', '{}', now())
            RETURNING id)
          INSERT INTO app.outbox_deliveries (shop_id, consumer, event_id, aggregate)
          SELECT \(id), 'sample', id, 'sample' FROM event
          """), as: .login)
    }

    fileprivate func addLog(in place: TestDatabase) async throws {
      let entry = Context.system.newID(TestShop.self)
      try await Database(pool: place.web).run(
        Command(
          """
          INSERT INTO audit_log
            (shop_id, id, at, actor_kind, actor_id, action, target_kind, target_id, before, after)
          VALUES (\(id), \(entry), now(), 'account', \(entry), 'sampled', 'shop', \("\(id)"), '{}', '{}')
          """), in: staff)
      _ = try await place.worker.run(
        Command(
          """
          INSERT INTO app.audit_seals (shop_id, sequence, entry_id, entry_hash, hash)
          VALUES (\(id), 1, \(entry), sha256(''), sha256(''))
          """),
        Command(
          """
          INSERT INTO app.audit_heads (shop_id, sequence, entry_id, hash)
          VALUES (\(id), 1, \(entry), sha256(''))
          """), as: .login)
    }

    fileprivate func addKey(in place: TestDatabase) async throws {
      let rootKey = Bytes([UInt8](repeating: 0xEE, count: 8))
      try await Database(pool: place.operator).run(
        Command("INSERT INTO root_keys VALUES (\(rootKey)) ON CONFLICT DO NOTHING"),
        in: OperatorScope())
      try await Database(pool: place.web).run(
        Command(
          """
          INSERT INTO shop_keys (shop_id, root_key_id, wrapped)
          VALUES (\(id), \(rootKey), \(Bytes([1] + rootKey.array)))
          """), in: staff)
    }
  }
#endif
