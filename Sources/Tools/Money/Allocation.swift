extension Money {
  /// Shares the whole amount out by weights, in their order, to the last minor unit. Each gets its
  /// part rounded down; the units that are left go one each to those who lost most by that (the
  /// largest remainders), of equals first to the larger weight.
  ///
  /// So equal weights differ by one unit at most, a larger weight never gets less, and the order of
  /// the weights decides nothing but which of equal ones gets the odd unit: the first.
  /// - Parameter weights: None negative and their sum above zero, such as quantities or line totals.
  /// - Throws: `unusableWeights`; `outOfRange` when their sum is.
  package func allocated(by weights: [Int128]) throws(MoneyError) -> [Money] {
    let total = try Self.total(of: weights)
    var shares: [UInt128] = []
    var remainders: [(remainder: UInt128, weight: Int128, index: Int)] = []
    var left = minorUnits.magnitude
    for (index, weight) in weights.enumerated() {
      // A weight is no more than the total, so the quotient is no more than the amount.
      let share = total.dividingFullWidth(
        minorUnits.magnitude.multipliedFullWidth(by: weight.magnitude))
      shares.append(share.quotient)
      remainders.append((share.remainder, weight, index))
      left -= share.quotient
    }
    remainders.sort { ($1.remainder, $1.weight, $0.index) < ($0.remainder, $0.weight, $1.index) }
    // Fewer are left than there are remainders above zero.
    for odd in remainders.prefix(Int(left)) { shares[odd.index] += 1 }
    return shares.map { share in
      Money(minorUnits: isNegative ? -Int128(share) : Int128(share), currency: currency)
    }
  }

  private static func total(of weights: [Int128]) throws(MoneyError) -> UInt128 {
    var total: UInt128 = 0
    for weight in weights {
      guard weight >= 0 else { throw .unusableWeights }
      let (sum, overflow) = total.addingReportingOverflow(weight.magnitude)
      guard !overflow else { throw .outOfRange }
      total = sum
    }
    guard total > 0 else { throw .unusableWeights }
    return total
  }
}
