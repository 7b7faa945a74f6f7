import Money
import Shops

extension [Plan] {
  /// As a new installation has them.
  static let shipped = [
    Plan.shipped("free", "Free", price: 0, fee: 500, shops: 1),
    Plan.shipped("starter", "Starter", price: 900, fee: 350, shops: 1),
    Plan.shipped("growth", "Growth", price: 2_900, fee: 200, shops: 3),
    Plan.shipped("business", "Business", price: 9_900, fee: 100, shops: nil),
  ]
}

extension Plan {
  fileprivate static func shipped(
    _ code: String, _ name: String, price: Int128, fee: Int, shops: Int?
  ) -> Plan {
    Plan(
      code: code, name: name, monthlyPrice: Money(minorUnits: price, currency: .usd),
      feeBasisPoints: fee, shopAllowance: shops, limits: Limits(), features: [])
  }

  /// Another plan of this price, with more or less in it.
  func with(limits: Limits = Limits(), features: [Feature] = []) -> Plan {
    Plan(
      code: code, name: name, monthlyPrice: monthlyPrice, feeBasisPoints: feeBasisPoints,
      shopAllowance: shopAllowance, limits: limits, features: features)
  }
}
