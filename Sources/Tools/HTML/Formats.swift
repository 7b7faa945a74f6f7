internal import FoundationEssentials
internal import FoundationInternationalization

/// How a language writes numbers, money and dates, in the forms that Unicode's CLDR gives.
struct Formats: Sendable {
  private let locale: Locale
  /// By ISO 4217 code, where the language has a shorter or a more usual way than Unicode's.
  private let moneyPatterns: [String: Template]
  /// Asking ICU takes longer than all else about a page, and a page says the same numbers again.
  private let written = Memo<Number, String>(limit: 4_096)

  private enum Number: Hashable {
    case integer(Int)
    case money(amount: String, currency: String)
    case percent(basisPoints: Int)
  }

  /// - Parameters:
  ///   - identifier: BCP 47 with number system and calendar, such as `fa-u-ca-persian-nu-arabext`.
  ///   - money: By ISO 4217 code, `{1}` for the amount.
  init(locale identifier: String, money: [String: Template]) {
    locale = Locale(identifier: identifier)
    moneyPatterns = money
  }

  func number(_ number: Int) -> String {
    written.value(for: .integer(number)) { number.formatted(IntegerFormatStyle(locale: locale)) }
  }

  func percent(basisPoints: Int) -> String {
    written.value(for: .percent(basisPoints: basisPoints)) {
      let sign: FloatingPointSign = basisPoints < 0 ? .minus : .plus
      return Decimal(sign: sign, exponent: -4, significand: Decimal(basisPoints.magnitude))
        .formatted(.percent.locale(locale).precision(.fractionLength(0...2)))
    }
  }

  /// - Parameter amount: A decimal number, shown with the decimals it has.
  func money(_ amount: String, currency: String) -> String {
    written.value(for: .money(amount: amount, currency: currency)) {
      guard let value = Decimal(string: amount) else { return "\(amount) \(currency)" }
      let decimals = amount.split(separator: ".", maxSplits: 1).dropFirst().first?.count ?? 0
      guard let pattern = moneyPatterns[currency] else {
        let style = Decimal.FormatStyle.Currency(code: currency, locale: locale)
        return value.formatted(style.precision(.fractionLength(decimals)))
      }
      let style = Decimal.FormatStyle(locale: locale).precision(.fractionLength(decimals))
      return pattern.filled(with: [value.formatted(style)])
    }
  }

  func day(_ moment: Date, in zone: TimeZone) -> String {
    moment.formatted(
      Date.FormatStyle(
        date: .long, time: .omitted, locale: locale, calendar: locale.calendar, timeZone: zone))
  }
}
