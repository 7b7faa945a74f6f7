/// Why a text is no amount.
package enum AmountError: Error, Equatable {
  case notAnAmount
  case tooManyDecimals(most: Int)
  case tooLarge
}

extension Money {
  /// As programs write it, with all of the currency's decimals: `12.50`, `-0.05`, `700`.
  package var decimalText: String {
    let digits = String(minorUnits.magnitude)
    let padding = String(repeating: "0", count: max(0, currency.digits + 1 - digits.count))
    let padded = padding + digits
    let sign = isNegative ? "-" : ""
    guard currency.digits > 0 else { return sign + padded }
    return "\(sign)\(padded.dropLast(currency.digits)).\(padded.suffix(currency.digits))"
  }

  /// From the API's form: ASCII digits without needless zeros in front, a point and at most the
  /// currency's decimals, a minus before a negative amount. Nothing else.
  package init(decimalText text: String, currency: Currency) throws(AmountError) {
    // Far longer than the largest amount: nobody has us walk a megabyte in order to refuse it.
    guard text.utf8.count <= 64 else { throw .notAnAmount }
    let isNegative = text.hasPrefix("-")
    let parts = text.utf8.dropFirst(isNegative ? 1 : 0).split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let whole = parts[0]
    let decimals = parts.count == 2 ? parts[1] : Substring().utf8
    guard whole.count == 1 || whole.first != UInt8(ascii: "0") else { throw .notAnAmount }
    guard parts.count == 1 || !decimals.isEmpty else { throw .notAnAmount }
    try self.init(
      isNegative: isNegative, whole: whole, decimals: decimals, currency: currency)
  }

  /// - Parameters: ASCII digits, or `notAnAmount` is thrown. `decimals` may be empty.
  init(
    isNegative: Bool, whole: some Collection<UInt8>, decimals: some Collection<UInt8>,
    currency: Currency
  ) throws(AmountError) {
    let areDigits =
      whole.allSatisfy(\.isDigit) && decimals.allSatisfy(\.isDigit) && !whole.isEmpty
    guard areDigits else { throw .notAnAmount }
    guard decimals.count <= currency.digits else {
      throw .tooManyDecimals(most: currency.digits)
    }
    var minorUnits: Int128 = 0
    let padding = repeatElement(UInt8(ascii: "0"), count: currency.digits - decimals.count)
    for digit in Array(whole) + decimals + padding {
      // At most ten times the largest amount, which 128 bits do not hold: looked at beforehand.
      guard minorUnits <= Self.largest / 10 else { throw .tooLarge }
      minorUnits = minorUnits * 10 + Int128(digit - UInt8(ascii: "0"))
    }
    self.init(minorUnits: isNegative ? -minorUnits : minorUnits, currency: currency)
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

/// The API's form: `{"amount": "12.50", "currency": "KES"}`.
extension Money: Encodable {
  private enum Key: String, CodingKey { case amount, currency }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(decimalText, forKey: .amount)
    try container.encode(currency.code, forKey: .currency)
  }
}
