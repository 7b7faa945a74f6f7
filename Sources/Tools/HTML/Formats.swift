internal import FoundationEssentials
internal import FoundationInternationalization
internal import Money

/// How a language writes numbers, money and dates, in the forms that Unicode's CLDR gives.
struct Formats: Sendable {
  private let locale: Locale
  /// By ISO 4217 code, where the language has a shorter or a more usual way than Unicode's.
  private let moneyPatterns: [String: Template]
  /// Asking ICU takes longer than all else about a page, and a page says the same numbers again.
  private let written = Memo<Number, String>(limit: 4_096)

  private enum Number: Hashable {
    case integer(Int)
    case money(Money, isShort: Bool)
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

  func money(_ money: Money, isShort: Bool) -> String {
    written.value(for: .money(money, isShort: isShort)) {
      let decimals = money.decimalsShown(isShort: isShort)
      // Thirty-eight digits, which is as many as an amount has: nothing is rounded here.
      guard let value = Decimal(string: money.decimalText) else { return money.description }
      guard let pattern = moneyPatterns[money.currency.code] else {
        let style = Decimal.FormatStyle.Currency(code: money.currency.code, locale: locale)
        return value.formatted(style.precision(.fractionLength(decimals)))
      }
      let style = Decimal.FormatStyle(locale: locale).precision(.fractionLength(decimals))
      return pattern.filled(with: [value.formatted(style)])
    }
  }

  /// What people who read the language put into numbers.
  var numberMarks: NumberMarks {
    NumberMarks(
      decimal: locale.decimalSeparator?.first ?? ".",
      grouping: locale.groupingSeparator?.first ?? ",")
  }

  /// The name of a country, by its ISO 3166 code; the code where Unicode has none.
  func country(_ code: String) -> String { locale.localizedString(forRegionCode: code) ?? code }

  /// The name of a currency, by its ISO 4217 code; the code where Unicode has none.
  func currency(_ code: String) -> String { locale.localizedString(forCurrencyCode: code) ?? code }

  func day(_ moment: Date, in zone: TimeZone) -> String {
    moment.formatted(
      Date.FormatStyle(
        date: .long, time: .omitted, locale: locale, calendar: locale.calendar, timeZone: zone))
  }

  func minute(_ moment: Date, in zone: TimeZone) -> String {
    moment.formatted(
      Date.FormatStyle(locale: locale, calendar: locale.calendar, timeZone: zone)
        .year().month(.wide).day().hour().minute().timeZone(.specificName(.short)))
  }
}

extension Money {
  /// - Parameter isShort: Whether a whole amount is shown without decimals.
  fileprivate func decimalsShown(isShort: Bool) -> Int {
    let decimals = decimalText.utf8.suffix(currency.digits)
    guard let last = decimals.lastIndex(where: { $0 != UInt8(ascii: "0") }) else {
      return isShort ? 0 : min(currency.digits, Self.usualDigits)
    }
    let needed = decimals.distance(from: decimals.startIndex, to: last) + 1
    return currency.digits > Self.usualDigits ? max(needed, Self.usualDigits) : currency.digits
  }

  /// No currency of a country has more; coins have up to eighteen, of which most are zeros.
  private static let usualDigits = 4
}
