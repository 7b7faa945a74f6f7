/// What becomes of the part of a minor unit that cannot be paid. The sign plays no role: giving back
/// mirrors taking.
package enum Rounding: Sendable, CaseIterable {
  /// To the nearest, a half away from zero.
  case halfUp
  /// To the nearest, a half to the even one, so that many halves do not add up.
  case halfEven
  /// Towards zero.
  case down
  /// Away from zero.
  case up
}

extension Money {
  /// The amount times a fraction, such as a rate. The product is exact before it is rounded.
  /// - Throws: `outOfRange`, also for a denominator of zero.
  package func multiplied(
    by numerator: Int128, over denominator: Int128, rounding: Rounding
  ) throws(MoneyError) -> Money {
    let magnitude = minorUnits.magnitude.scaled(
      by: numerator.magnitude, over: denominator.magnitude, rounding: rounding)
    guard let magnitude, magnitude <= Self.largest.magnitude else { throw .outOfRange }
    let isNegative = isNegative != ((numerator < 0) != (denominator < 0))
    let minorUnits = isNegative ? -Int128(magnitude) : Int128(magnitude)
    return Money(minorUnits: minorUnits, currency: currency)
  }

  /// A share of the amount, such as a fee: half a minor unit is rounded up unless said otherwise.
  /// - Parameter basisPoints: Hundredths of a percent: 250 is 2.5 %.
  package func share(
    basisPoints: Int, rounding: Rounding = .halfUp
  ) throws(MoneyError) -> Money {
    try multiplied(by: Int128(basisPoints), over: 10_000, rounding: rounding)
  }

  package func share(percent: Int, rounding: Rounding = .halfUp) throws(MoneyError) -> Money {
    try multiplied(by: Int128(percent), over: 100, rounding: rounding)
  }

  /// The amount that coins can pay or that a price may end in: a whole number of steps and the
  /// ending. Swiss coins are steps of 5; prices that end in .99 are steps of 100 that end in 99.
  /// Nothing stays nothing, and what is less than the ending becomes the ending.
  /// - Parameters:
  ///   - step: Minor units, above zero.
  ///   - ending: Minor units, from 0 to below the step.
  /// - Throws: `outOfRange`, also for a step or an ending that is none.
  package func rounded(
    _ rounding: Rounding, toStepsOf step: Int128, ending: Int128 = 0
  ) throws(MoneyError) -> Money {
    guard step > 0, (0..<step).contains(ending) else { throw .outOfRange }
    guard !isZero else { return self }
    let end = Money(minorUnits: isNegative ? -ending : ending, currency: currency)
    guard minorUnits.magnitude > ending.magnitude else { return end }
    let steps = try (self - end).multiplied(by: 1, over: step, rounding: rounding)
    return try steps.multiplied(by: step, over: 1, rounding: rounding) + end
  }
}

extension UInt128 {
  /// `self * factor / divisor`, without loss in between. Nil when it does not fit.
  func scaled(by factor: UInt128, over divisor: UInt128, rounding: Rounding) -> UInt128? {
    let product = multipliedFullWidth(by: factor)
    // Else the quotient has more than 128 bits, or there is none.
    guard product.high < divisor else { return nil }
    let (quotient, remainder) = divisor.dividingFullWidth(product)
    let isRoundedUp: Bool
    switch rounding {
    case .down: isRoundedUp = false
    case .up: isRoundedUp = remainder > 0
    // Compared with the rest to the next one, since twice the remainder may not fit.
    case .halfUp: isRoundedUp = remainder >= divisor - remainder
    case .halfEven:
      let rest = divisor - remainder
      isRoundedUp = remainder > rest || (remainder == rest && !quotient.isMultiple(of: 2))
    }
    guard isRoundedUp else { return quotient }
    let (next, overflow) = quotient.addingReportingOverflow(1)
    return overflow ? nil : next
  }
}
