import PostgreSQL
import TestSupport
import Testing

@testable import Scope

@Suite struct `The migrations` {
  @Test func `find nothing left to do the second time, as the login that is made for them`()
    async throws
  {
    let database = try await TestDatabase.own()
    let migrate = database.connectionString(login: Login.migrate.rawValue)
    #expect(try await TestDatabase.migrator().migrate(migrate) == [])
    #expect(
      try await Database(pool: database.web).schemaStatus(by: TestDatabase.migrator()) == .current)
  }

  @Test func `need no superuser`() async throws {
    let database = try await TestDatabase.empty()
    let superuser = try Connection(to: database.superuserConnectionString)
    try await superuser.script(
      """
      CREATE ROLE landlord LOGIN CREATEROLE;
      ALTER DATABASE \(database.name) OWNER TO landlord;
      """)
    let landlord = database.connectionString(login: "landlord")
    #expect(try await TestDatabase.migrator().migrate(landlord).isEmpty == false)
    #expect(try await Audit.findings(on: database.web) == [])
  }

  @Test func `ship the plans of the price list`() async throws {
    let plans = Query<String>(
      """
      SELECT concat_ws(' ', plan, price_minor, price_currency, rate_basis_points,
                       coalesce(max_shops::text, 'any')) AS line
        FROM plans JOIN fee_policies
          ON fee_policies.fee_policy = plans.fee_policy AND version = fee_policy_version
       ORDER BY position
      """
    ) { row throws(RowError) in try row.get("line") }
    let database = try await Database(pool: TestDatabase.shared().web)
    #expect(
      try await database.all(plans, in: Guard.anybody()) == [
        "free 0 USD 500 1", "starter 900 USD 350 1", "growth 2900 USD 200 3",
        "business 9900 USD 100 any",
      ])
  }
}
