#if DEBUG
  import FoundationEssentials
  import PostgreSQL
  import TestSupport
  import Testing

  @testable import Scope
  @testable import Shops

  @Suite struct `Steps of a shop's state` {
    private let at = Date(timeIntervalSince1970: 1_800_000_000)

    private func step(
      _ from: ShopState, _ to: ShopState, after seconds: TimeInterval = 0
    ) -> ShopTransition {
      ShopTransition(
        from: from, to: to, actor: Context.system.newID(), reason: "Because.", appeal: "Write us.",
        at: at + seconds)
    }

    private func store(_ step: ShopTransition, of shop: TestShop) async throws {
      let database = Database(pool: try await TestDatabase.shared().operator)
      try await database.run(
        step.insert(Context.system.newID(Shop.self).uuid, of: shop.id), in: OperatorScope())
    }

    @Test(arguments: ShopState.allCases, ShopState.allCases)
    func `are stored exactly where some event takes them`(
      from: ShopState, to: ShopState
    ) async throws {
      let shop = try await TestShops().mine
      let isKnown = ShopState.Event.allCases.contains { event in
        var state = from
        return (try? state.receive(event)) == .record && state == to
      }
      do {
        try await store(step(from, to), of: shop)
        #expect(isKnown)
      } catch let error as PostgreSQLError {
        #expect(error.serverError?.state == .checkViolation)
        #expect(!isKnown)
      }
    }

    @Test func `are told to their own shop, the newest first`() async throws {
      let shops = try await TestShops()
      let steps = [step(.active, .suspended), step(.suspended, .active, after: 1)]
      for step in steps { try await store(step, of: shops.mine) }
      func last(_ count: Int, _ shop: TestShop) async throws -> [ShopTransition] {
        try await shops.database.all(
          ShopTransition.last(count, of: shops.mine.id), in: shop.staff)
      }
      #expect(try await last(2, shops.mine) == steps.reversed())
      #expect(try await last(2, shops.theirs) == [])
    }

    @Test func `are not taken by those who work in the shop`() async throws {
      let shops = try await TestShops()
      for command: Command in [
        step(.active, .closed).insert(Context.system.newID(Shop.self).uuid, of: shops.mine.id),
        Command("UPDATE shops SET state = 'active' WHERE shop_id = \(shops.mine.id)"),
      ] {
        await #expect(throws: PostgreSQLError.self) {
          try await shops.database.run(command, in: shops.mine.staff)
        }
      }
    }

    @Test func `close a shop for its owner alone, and only as they saw it`() async throws {
      let shops = try await TestShops()
      let owner = try await self.owner(of: shops.mine, shops.database)
      let stranger = try await self.owner(of: shops.theirs, shops.database)
      func close(_ account: ID<Account>, seen: ShopState) async throws -> Bool {
        try await shops.database.one(
          Query<Bool>(
            """
            SELECT app.close_shop(\(account), \(seen.rawValue), \(Context.system.newID(Shop.self)),
                                  '', \(at)) AS is_closed
            """
          ) { row throws(RowError) in try row.get("is_closed") }, in: shops.mine.staff)
      }
      #expect(try await !close(stranger, seen: .active))
      #expect(try await !close(owner, seen: .suspended))
      #expect(try await close(owner, seen: .active))
      #expect(try await !close(owner, seen: .active))
      let stored = try await shops.database.one(
        ShopTransition.last(1, of: shops.mine.id), in: shops.mine.staff)
      #expect(
        stored == ShopTransition(from: .active, to: .closed, actor: owner, reason: "", at: at))
    }

    private func owner(of shop: TestShop, _ database: Database) async throws -> ID<Account> {
      try await database.one(
        Query<ID<Account>>(
          "SELECT account_id FROM shop_roles WHERE shop_id = \(shop.id) AND role = 'owner'"
        ) { row throws(RowError) in try row.get("account_id") }, in: shop.staff)
    }
  }
#endif
