/// What a month under a plan comes to for a given turnover.
struct MonthlyCost: Equatable {
  let plan: Plan
  let fee: Price
  let total: Price

  /// - Parameter sales: What is sold in the month, in the currency of the plan.
  init(of plan: Plan, sales: Price) {
    self.plan = plan
    // Half a minor unit is rounded up, as it is on an order.
    let fee = (sales.minorUnits * Int128(plan.feeBasisPoints) + 5_000) / 10_000
    self.fee = Price(minorUnits: fee, currency: plan.monthlyPrice.currency)
    total = Price(
      minorUnits: plan.monthlyPrice.minorUnits + fee, currency: plan.monthlyPrice.currency)
  }

  /// The plans that allow so many shops, in their order.
  static func compared(_ plans: [Plan], sales: Int, shops: Int) -> [MonthlyCost] {
    plans.filter { $0.shopAllowance.map { $0 >= shops } ?? true }.map { plan in
      let hundredths = Int128(sales) * 100
      return MonthlyCost(
        of: plan, sales: Price(minorUnits: hundredths, currency: plan.monthlyPrice.currency))
    }
  }
}

extension [MonthlyCost] {
  /// Of equals the first: the smaller plan.
  var lowest: MonthlyCost? { self.min { $0.total.minorUnits < $1.total.minorUnits } }
}
