import Money

/// What a month under a plan comes to for a given turnover.
struct MonthlyCost: Equatable {
  let plan: Plan
  let fee: Money
  let total: Money

  /// - Parameter sales: What is sold in the month, in the currency of the plan.
  init(of plan: Plan, sales: Money) throws(MoneyError) {
    self.plan = plan
    fee = try sales.share(basisPoints: plan.feeBasisPoints)
    total = try plan.monthlyPrice + fee
  }

  /// The plans that allow so many shops, in their order.
  /// - Parameter sales: In whole units of the plans' currency.
  static func compared(_ plans: [Plan], sales: Int, shops: Int) throws -> [MonthlyCost] {
    try plans.filter { $0.shopAllowance.map { $0 >= shops } ?? true }.map { plan in
      try MonthlyCost(
        of: plan, sales: Money(wholeUnits: sales, currency: plan.monthlyPrice.currency))
    }
  }

  /// Of equals the first: the smaller plan. Nil when there is none.
  static func lowest(of costs: [MonthlyCost]) throws -> MonthlyCost? {
    try costs.min { try $0.total < $1.total }
  }
}
