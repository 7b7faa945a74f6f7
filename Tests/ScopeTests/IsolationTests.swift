import FoundationEssentials
import PostgreSQL
import TestSupport
import Testing

@testable import Scope

/// Over every table of the catalog, so that a new one is tested on the day it is made.
@Suite struct `No shop reaches another's rows` {
  @Test func `in any table, whatever its role`() async throws {
    let shops = try await TestShops()
    for table in try await ShopTable.all() {
      let sample = try await table.sample(of: shops.theirs.id)
      for scope in [shops.mine.catalogue, shops.mine.staff, shops.mine.commerce] {
        for statement in table.everyStatement(claiming: shops.theirs.id, sample: sample) {
          let touched = try await shopsTouched(
            by: statement, claiming: shops.theirs, in: scope, of: shops)
          #expect(touched.isSubset(of: [shops.mine.id.uuid]), "\(scope.tables): \(statement.text)")
        }
      }
    }
  }

  @Test func `in any table without a shop, where there are no rows and no writes`() async throws {
    let shops = try await TestShops()
    for table in try await ShopTable.all() {
      let sample = try await table.sample(of: shops.theirs.id)
      for role in Audit.groups {
        for statement in table.everyStatement(claiming: shops.theirs.id, sample: sample) {
          let touched = try await shopsTouched(
            by: statement, claiming: shops.theirs, in: BareRole(role), of: shops)
          #expect(touched.isEmpty, "\(role): \(statement.text)")
        }
      }
    }
  }

  /// Statements that are committed, not rolled back: the other shop is compared before and after.
  @Test(arguments: UInt64(1)...40)
  func `by random statements in random scopes`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let shops = try await TestShops()
    let tables = try await ShopTable.all()
    let reseller = Context.system.newID(Reseller.self)
    let scopes: [any TransactionScope] = [
      shops.mine.catalogue, shops.mine.staff, shops.mine.commerce,
      ShopScope(shops.mine.id, reseller: reseller, tables: .staff),
      PublicScope(), AccountScope(Context.system.newID()), OperatorScope(),
    ]
    let before = try await fingerprint(of: shops.theirs, tables)
    for _ in 1...25 {
      let table = tables.randomElement(using: &random)!
      let claimed = Bool.random(using: &random) ? shops.mine : shops.theirs
      // Of the other shop, whose rows stay: ours may be gone by a statement before. It claims its shop anew.
      let sample = try await table.sample(of: shops.theirs.id, claiming: claimed.id)
      let statement = table.everyStatement(claiming: claimed.id, sample: sample).randomElement(
        using: &random)!
      let scope = scopes.randomElement(using: &random)!
      let touched = try await shopsTouched(
        by: statement, claiming: claimed, in: scope, of: shops)
      #expect(
        touched.isSubset(of: [shops.mine.id.uuid]), "seed \(seed), \(scope): \(statement.text)")
    }
    #expect(try await fingerprint(of: shops.theirs, tables) == before, "seed \(seed)")
  }

  @Test func `in a table that the tests leave empty`() async throws {
    let shops = try await TestShops()
    for table in try await ShopTable.all() {
      #expect(
        try await table.rows(of: shops.theirs.id) > 0,
        "\(table.name) has no row to protect: TestShop.open should make one")
    }
  }

  /// - Returns: The shops whose rows the statement showed or changed; none when the database refused.
  private func shopsTouched(
    by statement: SQL, claiming claimed: TestShop, in scope: any TransactionScope,
    of shops: TestShops
  ) async throws -> Set<UUID> {
    let query = Query<UUID>(statement) { row throws(RowError) in try row.get("shop_id") }
    do throws(PostgreSQLError) {
      return Set(try await shops.database.all(query, in: scope))
    } catch {
      if isRefused(error) { return [] }
      // Its own rows may clash with each other, or lack something. A clash with another shop's row
      // would tell that the row is there.
      guard claimed.id == shops.mine.id, error.serverError?.state.code.hasPrefix("23") == true
      else { throw error }
      return []
    }
  }

  private func fingerprint(of shop: TestShop, _ tables: [ShopTable]) async throws -> [String] {
    var sums: [String] = []
    for table in tables { sums.append(try await table.fingerprint(of: shop.id)) }
    return sums
  }
}

/// A role of the web processes without the setting that a scope brings along.
private struct BareRole: TransactionScope {
  var owner: UUID? { nil }
  let passage: Passage
  init(_ role: String) { passage = Passage(TransactionContext(role: role)) }
}

/// A table with shops' rows, as the catalog describes it, and every way to get at them.
struct ShopTable: Sendable {
  let name: String
  let columns: [String]

  static func all() async throws -> [ShopTable] {
    let tables = Query<ShopTable>(
      """
      SELECT relname AS name, array_agg(attname::text ORDER BY attnum) AS columns
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
       WHERE relnamespace = 'app'::regnamespace AND relkind IN ('r', 'p')
         AND attnum > 0 AND NOT attisdropped
       GROUP BY relname HAVING 'shop_id' = ANY (array_agg(attname)) ORDER BY relname
      """
    ) { row throws(RowError) in
      ShopTable(name: try row.get("name"), columns: try row.get("columns"))
    }
    return try await allSeeing().run(tables, as: .login)
  }

  /// Each returns the column `shop_id` of what it saw or changed.
  /// - Parameter sample: From `sample(of:)`, of that shop.
  func everyStatement(claiming shop: ID<Shop>, sample: JSONText) -> [SQL] {
    let table = SQL(stringLiteral: "app.\(name)")
    let ofShop: SQL = "WHERE shop_id = \(shop)"
    let updates = columns.map { column in
      let column = SQL(stringLiteral: column)
      return "UPDATE \(table) SET \(column) = \(column) \(ofShop) RETURNING shop_id" as SQL
    }
    let columnList = SQL(stringLiteral: columns.joined(separator: ", "))
    return updates + [
      "SELECT shop_id FROM \(table)",
      "SELECT shop_id FROM \(table) \(ofShop)",
      "SELECT shop_id FROM \(table) \(ofShop) FOR UPDATE",
      "SELECT t.shop_id FROM \(table) AS t JOIN app.shops USING (shop_id)",
      "UPDATE \(table) SET shop_id = \(shop) RETURNING shop_id",
      "DELETE FROM \(table) \(ofShop) RETURNING shop_id",
      "DELETE FROM \(table) RETURNING shop_id",
      """
      INSERT INTO \(table) (\(columnList)) SELECT \(columnList) FROM \(table) \(ofShop)
      ON CONFLICT DO NOTHING RETURNING shop_id
      """,
      // Without RETURNING: that alone would ask the policy for reading.
      """
      WITH made AS (
        INSERT INTO \(table) (\(columnList))
        SELECT \(columnList) FROM jsonb_populate_record(NULL::\(table), \(sample)))
      SELECT \(shop) AS shop_id
      """,
    ]
  }

  /// A row of the shop with new ids, which the table's checks and keys would take.
  /// - Parameter claimed: Whose it is said to be; nil for the shop's own.
  func sample(of shop: ID<Shop>, claiming claimed: ID<Shop>? = nil) async throws -> JSONText {
    let sample = Query<JSONText>(
      """
      SELECT to_jsonb(t) || coalesce(
               (SELECT jsonb_object_agg(attname, gen_random_uuid()) FROM pg_attribute
                 WHERE attrelid = t.tableoid AND atttypid = 'uuid'::regtype AND attname <> 'shop_id'),
               '{}') || jsonb_build_object('shop_id', \(claimed ?? shop)) AS row
        FROM \(SQL(stringLiteral: "app.\(name)")) AS t WHERE shop_id = \(shop) LIMIT 1
      """
    ) { row throws(RowError) in try row.get("row") }
    return try await Self.allSeeing().run(sample, as: .login)[0]
  }

  func rows(of shop: ID<Shop>) async throws -> Int {
    let count = Query<Int>(
      "SELECT count(*) AS n FROM \(SQL(stringLiteral: "app.\(name)")) WHERE shop_id = \(shop)"
    ) { row throws(RowError) in try row.get("n") }
    return try await Self.allSeeing().run(count, as: .login)[0]
  }

  func fingerprint(of shop: ID<Shop>) async throws -> String {
    let sum = Query<String>(
      """
      SELECT coalesce(md5(string_agg(t::text, ' ' ORDER BY t::text)), '') AS sum
        FROM \(SQL(stringLiteral: "app.\(name)")) AS t WHERE shop_id = \(shop)
      """
    ) { row throws(RowError) in try row.get("sum") }
    return try await Self.allSeeing().run(sum, as: .login)[0]
  }

  private static func allSeeing() async throws -> Pool { try await pool.value }

  private static let pool = Task {
    Pool(
      .init(
        connectionString: try await TestDatabase.shared().superuserConnectionString, size: 2,
        maximumWait: .seconds(60), timeLimit: .seconds(60)))
  }
}
