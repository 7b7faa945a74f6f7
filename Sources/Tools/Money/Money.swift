/// An exact amount: a whole count of its currency's minor unit. May be negative.
///
/// What comes out of parsing and of arithmetic is at most `largest` and so fits `numeric(38, 0)`.
package struct Money: Sendable, Hashable {
  /// KES 12.50 is 1 250.
  package let minorUnits: Int128
  package let currency: Currency

  package init(minorUnits: Int128, currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }

  package static func zero(_ currency: Currency) -> Money {
    Money(minorUnits: 0, currency: currency)
  }

  /// The largest magnitude: 38 nines, as `numeric(38, 0)` holds.
  package static let largest: Int128 = 99_999_999_999_999_999_999_999_999_999_999_999_999

  package var isZero: Bool { minorUnits == 0 }
  package var isNegative: Bool { minorUnits < 0 }
  package var isPositive: Bool { minorUnits > 0 }
}

/// Why amounts cannot be reckoned with each other.
package enum MoneyError: Error, Equatable {
  case mixedCurrencies(Currency, Currency)
  /// The result is beyond `Money.largest`.
  case outOfRange
  /// Weights to share by are negative, or none is above zero.
  case unusableWeights
}

extension Money {
  /// - Throws: `outOfRange`.
  init(checking minorUnits: Int128, _ currency: Currency) throws(MoneyError) {
    guard minorUnits.magnitude <= Self.largest.magnitude else { throw .outOfRange }
    self.init(minorUnits: minorUnits, currency: currency)
  }

  /// So many whole units: 5 of USD are $5.00. Throws `outOfRange`.
  package init(wholeUnits: Int, currency: Currency) throws(MoneyError) {
    try self.init(
      checking: try currency.minorUnitsPerUnit.times(Int128(wholeUnits)), currency)
  }

  package static func + (one: Money, other: Money) throws(MoneyError) -> Money {
    try one.requireSameCurrency(as: other)
    let (sum, overflow) = one.minorUnits.addingReportingOverflow(other.minorUnits)
    guard !overflow else { throw .outOfRange }
    return try Money(checking: sum, one.currency)
  }

  package static func - (one: Money, other: Money) throws(MoneyError) -> Money {
    try one.requireSameCurrency(as: other)
    let (difference, overflow) = one.minorUnits.subtractingReportingOverflow(other.minorUnits)
    guard !overflow else { throw .outOfRange }
    return try Money(checking: difference, one.currency)
  }

  /// Throws `outOfRange`.
  package static func * (price: Money, quantity: Int) throws(MoneyError) -> Money {
    try Money(checking: price.minorUnits.times(Int128(quantity)), price.currency)
  }

  /// Throws `outOfRange` for what no parsing or arithmetic makes.
  package static prefix func - (money: Money) throws(MoneyError) -> Money {
    try .zero(money.currency) - money
  }

  /// The sum, which is zero of the currency when there are none.
  package static func sum(
    _ amounts: some Sequence<Money>, in currency: Currency
  ) throws(MoneyError) -> Money {
    var sum = Money.zero(currency)
    for amount in amounts { sum = try sum + amount }
    return sum
  }

  // Throwing, and so not `Comparable`: amounts of two currencies have no order.
  package static func < (one: Money, other: Money) throws(MoneyError) -> Bool {
    try one.requireSameCurrency(as: other)
    return one.minorUnits < other.minorUnits
  }
  package static func > (one: Money, other: Money) throws(MoneyError) -> Bool {
    try !(one <= other)
  }
  package static func <= (one: Money, other: Money) throws(MoneyError) -> Bool {
    try one < other || one == other
  }
  package static func >= (one: Money, other: Money) throws(MoneyError) -> Bool {
    try !(one < other)
  }

  private func requireSameCurrency(as other: Money) throws(MoneyError) {
    guard currency == other.currency else { throw .mixedCurrencies(currency, other.currency) }
  }
}

extension Currency {
  /// Ten to the power of its digits.
  var minorUnitsPerUnit: Int128 {
    var power: Int128 = 1
    // Eighteen at most, for ETH.
    for _ in 0..<digits { power *= 10 }
    return power
  }
}

extension Int128 {
  fileprivate func times(_ factor: Int128) throws(MoneyError) -> Int128 {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    guard !overflow else { throw .outOfRange }
    return product
  }
}

/// Shown to developers; people are shown a `Text`.
extension Money: CustomStringConvertible {
  package var description: String { "\(currency.code) \(decimalText)" }
}
