import PostgreSQL
import TestSupport
import Testing

@testable import Scope

@Suite struct `A scope` {
  @Test func `of a host's visitor is that shop's catalogue`() async throws {
    let shops = try await TestShops()
    let scope = try await Guard.visitor(
      ofHost: shops.mine.host.uppercased(), database: shops.database)
    #expect(scope?.id == shops.mine.id && scope?.tables == .catalogue && scope?.reseller == nil)
    #expect(try await Guard.visitor(ofHost: "nobody.example", database: shops.database) == nil)
  }

  @Test func `of everybody reads the plans, and no shop`() async throws {
    let shops = try await TestShops()
    let plans = Query<String>("SELECT plan FROM plans ORDER BY position") {
      row throws(RowError) in try row.get("plan")
    }
    #expect(
      try await shops.database.all(plans, in: Guard.anybody())
        == ["free", "starter", "growth", "business"])
    #expect(try await shops.database.all(slugs, in: Guard.anybody()) == [])
  }

  @Test func `of a shop reads and writes that shop only`() async throws {
    let shops = try await TestShops()
    #expect(try await shops.database.all(slugs, in: shops.mine.staff) == [shops.mine.slug])
    let renamed = try await shops.database.run(
      Command("UPDATE shops SET name = 'Renamed'"), in: shops.mine.staff)
    #expect(renamed == 1)
    let names = try await shops.database.all(names, in: shops.theirs.staff)
    #expect(names == ["A shop"])
  }

  @Test func `without a shop writes nothing`() async throws {
    let shops = try await TestShops()
    let pool = try await TestDatabase.shared().web
    let touched = try await pool.run(
      Command("UPDATE shops SET name = 'Renamed'"), as: TransactionContext(role: "martlet_staff"))
    #expect(touched == 0)
    await #expect(throws: PostgreSQLError.self) {
      try await pool.run(
        Command(
          "INSERT INTO resellers (shop_id, reseller_id, name) VALUES (\(shops.mine.id), \(shops.mine.id), 'x')"
        ),
        as: TransactionContext(role: "martlet_staff"))
    }
  }

  @Test func `outside every scope is refused everything`() async throws {
    let pool = try await TestDatabase.shared().web
    await #expect { try await pool.run(slugs, as: .login) } throws: { isRefused($0) }
  }

  @Test(arguments: ["martlet_owner", "martlet_operator", "martlet_worker", "martlet_resolver"])
  func `cannot be had for a role that is not the web processes'`(role: String) async throws {
    let pool = try await TestDatabase.shared().web
    await #expect { try await pool.run(slugs, as: TransactionContext(role: role)) } throws: {
      isRefused($0)
    }
  }

  @Test func `of the catalogue and of commerce change no settings`() async throws {
    let shops = try await TestShops()
    for scope in [shops.mine.catalogue, shops.mine.commerce] {
      await #expect {
        try await shops.database.run(Command("UPDATE shops SET name = 'Renamed'"), in: scope)
      } throws: { isRefused($0) }
    }
  }

  @Test func `of a shop cannot give its rows away`() async throws {
    let shops = try await TestShops()
    // Its own id is refused as well: no policy minds that one, so it is the grant that does.
    for id in [shops.theirs.id, shops.mine.id] {
      await #expect {
        try await shops.database.run(
          Command("UPDATE resellers SET shop_id = \(id)"), in: shops.mine.staff)
      } throws: {
        isRefused($0)
      }
    }
  }

  @Test func `of a reseller is narrower than its shop`() async throws {
    let shops = try await TestShops()
    let (ours, other) = (Context.system.newID(Reseller.self), Context.system.newID(Reseller.self))
    for id in [ours, other] {
      try await shops.database.run(insert(reseller: id, into: shops.mine), in: shops.mine.staff)
    }
    let narrow = ShopScope(shops.mine.id, reseller: ours, tables: .staff)
    let resellers = Query<ID<Reseller>>("SELECT reseller_id FROM resellers") {
      row throws(RowError) in try row.get("reseller_id")
    }
    #expect(try await shops.database.all(resellers, in: narrow) == [ours])
    #expect(
      try await shops.database.run(Command("UPDATE resellers SET name = 'Mine'"), in: narrow) == 1)
    await #expect {
      try await shops.database.run(
        insert(reseller: Context.system.newID(), into: shops.mine), in: narrow)
    } throws: { isRefused($0) }
    // Its id opens nothing in another shop.
    let elsewhere = ShopScope(shops.theirs.id, reseller: ours, tables: .staff)
    #expect(try await shops.database.all(resellers, in: elsewhere) == [])
  }

  @Test func `of the operator crosses shops, with a login of its own`() async throws {
    let shops = try await TestShops()
    let console = try await Database(pool: TestDatabase.shared().operator)
    let both = [shops.mine.id.uuid, shops.theirs.id.uuid]
    let found = Query<String>("SELECT slug FROM shops WHERE shop_id = ANY (\(both))") {
      row throws(RowError) in try row.get("slug")
    }
    #expect(
      Set(try await console.all(found, in: OperatorScope())) == [
        shops.mine.slug, shops.theirs.slug,
      ])
    await #expect { try await shops.database.all(found, in: OperatorScope()) } throws: {
      isRefused($0)
    }
  }

  @Test func `ends with its transaction`() async throws {
    let database = try await TestDatabase.shared()
    let shops = try await TestShops()
    let pool = Pool(
      .init(connectionString: database.connectionString(login: "martlet_web"), size: 1))
    _ = try await Database(pool: pool).all(slugs, in: shops.mine.staff)
    #expect(try await Database(pool: pool).all(slugs, in: Guard.anybody()) == [])
  }

  private let slugs = Query<String>("SELECT slug FROM app.shops") {
    row throws(RowError) in try row.get("slug")
  }
  private let names = Query<String>("SELECT name FROM shops") {
    row throws(RowError) in try row.get("name")
  }

  private func insert(reseller: ID<Reseller>, into shop: TestShop) -> Command {
    Command(
      "INSERT INTO resellers (shop_id, reseller_id, name) VALUES (\(shop.id), \(reseller), 'R')")
  }
}

/// By the database, for want of a right or by a policy.
func isRefused(_ error: any Error) -> Bool {
  (error as? PostgreSQLError)?.serverError?.state == .insufficientPrivilege
}
