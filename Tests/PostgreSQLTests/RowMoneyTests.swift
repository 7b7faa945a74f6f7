import Money
import PostgreSQL
import TestSupport
import Testing

@Suite struct `An amount in a row` {
  private func amount(_ minorUnits: Int128, _ currency: String) async throws -> Money {
    let query = Query<Money>(
      "SELECT \(minorUnits)::numeric(38, 0) AS price_minor, \(currency) AS price_currency"
    ) { row throws(RowError) in
      try row.money("price_minor", currency: "price_currency")
    }
    let pool = try await TestDatabase.shared().web
    let rows = try await pool.run(query, as: TransactionContext(role: "martlet_public"))
    return try #require(rows.first)
  }

  @Test(arguments: [0, 12_50, -1, Money.largest, -Money.largest] as [Int128])
  func `comes back as it was stored`(minorUnits: Int128) async throws {
    #expect(try await amount(minorUnits, "KES") == Money(minorUnits: minorUnits, currency: .kes))
  }

  @Test func `is refused in a currency that we do not know`() async throws {
    let error = await #expect(throws: PostgreSQLError.self) { try await amount(1, "XAU") }
    guard case .row(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason == .outOfRange("price_currency"))
  }
}
