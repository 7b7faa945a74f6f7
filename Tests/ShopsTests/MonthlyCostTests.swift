import Money
import Testing

@testable import Shops

@Suite struct `What a month costs` {
  @Test(arguments: [
    (0, "free", 0), (599, "free", 2_995), (600, "free", 3_000), (601, "starter", 3_004),
    (1_333, "starter", 5_566), (1_334, "growth", 5_568), (7_000, "growth", 16_900),
    (7_001, "business", 16_901), (1_000_000, "business", 1_009_900),
  ])
  func `is least under a larger plan as sales grow`(sales: Int, plan: String, hundredths: Int)
    throws
  {
    let costs = try MonthlyCost.compared(.shipped, sales: sales, shops: 1)
    let lowest = try MonthlyCost.lowest(of: costs)
    #expect(lowest?.plan.code == plan)
    #expect(lowest?.total == Money(minorUnits: Int128(hundredths), currency: .usd))
  }

  @Test(arguments: [
    (1, ["free", "starter", "growth", "business"]), (2, ["growth", "business"]),
    (3, ["growth", "business"]), (4, ["business"]),
  ])
  func `is compared among the plans that allow so many shops`(shops: Int, codes: [String]) throws {
    let costs = try MonthlyCost.compared(.shipped, sales: 0, shops: shops)
    #expect(costs.map(\.plan.code) == codes)
  }

  @Test(arguments: [(1, 0), (14, 0), (15, 1), (42, 1), (43, 2), (100, 4)])
  func `rounds half a cent of fee up`(hundredths: Int, fee: Int) throws {
    let starter = [Plan].shipped[1]
    let cost = try MonthlyCost(
      of: starter, sales: Money(minorUnits: Int128(hundredths), currency: .usd))
    #expect(cost.fee == Money(minorUnits: Int128(fee), currency: .usd))
  }
}
