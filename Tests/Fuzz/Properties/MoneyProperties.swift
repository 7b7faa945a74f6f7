@testable import Money

/// Amounts from texts: what is read is written back the same, within the limit, and can be reckoned
/// with without a lost unit.
///
/// The first byte of an input chooses the currency, the second the language's marks.
enum MoneyProperties {
  private static let marks = [
    NumberMarks.english, NumberMarks(decimal: ",", grouping: "."),
    NumberMarks(decimal: ",", grouping: " "),
    NumberMarks(decimal: "\u{066B}", grouping: "\u{066C}"),
  ]

  static func check(_ input: [UInt8]) throws {
    var rest = input
    let currency = Currency.all[Int(rest.takeInteger(UInt8.self)) % Currency.all.count]
    let marks = marks[Int(rest.takeInteger(UInt8.self)) % marks.count]
    let text = String(decoding: rest, as: UTF8.self)
    if let money = try? Money(decimalText: text, currency: currency) {
      try checkSpelling(of: money, text)
      try checkShown(money, marks)
      try checkReckoning(money, rest)
    }
    if let money = try? Money(typed: text, currency: currency, marks: marks) {
      try require(
        money.minorUnits.magnitude <= Money.largest.magnitude, "an amount fits its column")
      try checkShown(money, marks)
    }
  }

  private static func checkSpelling(of money: Money, _ text: String) throws {
    try require(money.minorUnits.magnitude <= Money.largest.magnitude, "an amount fits its column")
    try require(
      try Money(decimalText: money.decimalText, currency: money.currency) == money,
      "\(money) is read back")
    // Nothing but zeros at the end can be missing.
    let written = money.isZero && text.hasPrefix("-") ? "-" + money.decimalText : money.decimalText
    try require(written.hasPrefix(text), "\(text) is read as \(written)")
    try require(
      written.dropFirst(text.count).allSatisfy { $0 == "." || $0 == "0" },
      "\(text) is no other amount than \(written)")
  }

  /// An amount in groups, as a page shows it to a reader of the language, is typed back.
  private static func checkShown(_ money: Money, _ marks: NumberMarks) throws {
    let parts = money.decimalText.split(separator: ".", omittingEmptySubsequences: false)
    let digits = parts[0].drop { $0 == "-" }
    let grouped = digits.enumerated().map { index, digit in
      let isFirstOfGroup = index > 0 && (digits.count - index) % 3 == 0
      return (isFirstOfGroup ? String(marks.grouping) : "") + String(digit)
    }.joined()
    let decimals = parts.count == 2 ? String(marks.decimal) + parts[1] : ""
    let shown = (money.isNegative ? "-" : "") + grouped + decimals
    let typed = try Money(typed: shown, currency: money.currency, marks: marks)
    try require(typed == money, "\(shown) is \(money), not \(typed)")
  }

  private static func checkReckoning(_ money: Money, _ bytes: [UInt8]) throws {
    let weights = bytes.prefix(16).map { Int128($0) }
    guard weights.contains(where: { $0 > 0 }) else { return }
    let shares = try money.allocated(by: weights)
    try require(try Money.sum(shares, in: money.currency) == money, "no unit of \(money) is lost")
    for rounding in Rounding.allCases {
      let third = try money.multiplied(by: 1, over: 3, rounding: rounding)
      try require(
        (third.minorUnits * 3 - money.minorUnits).magnitude < 3, "a third of \(money) is \(third)")
    }
    if let more = try? money + money {
      try require(try more - money == money, "\(money) twice, less once, is once")
    }
  }
}
