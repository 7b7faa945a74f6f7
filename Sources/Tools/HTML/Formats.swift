internal import FoundationEssentials
internal import FoundationInternationalization

/// How a language writes numbers, money and dates. The styles are made once: a `Locale` is slow to
/// make, and Foundation keeps the formatter behind each style.
struct Formats: Sendable {
  private let locale: Locale
  private let integer: IntegerFormatStyle<Int>
  /// The numbers of most texts, ready: asking ICU takes longer than all else about a text.
  private let smallIntegers: [String]
  private let percent: Decimal.FormatStyle.Percent
  private let decimal: Decimal.FormatStyle
  /// By ISO 4217 code, where the language has a shorter or a more usual way than Unicode's.
  private let money: [String: Template]

  /// - Parameter identifier: BCP 47 with number system and calendar, such as
  ///   `fa-u-ca-persian-nu-arabext`.
  init(locale identifier: String, money: [String: Template]) {
    locale = Locale(identifier: identifier)
    let integer = IntegerFormatStyle<Int>(locale: locale)
    self.integer = integer
    smallIntegers = (0..<1_000).map { $0.formatted(integer) }
    percent = Decimal.FormatStyle.Percent(locale: locale).precision(.fractionLength(0...2))
    decimal = Decimal.FormatStyle(locale: locale)
    self.money = money
  }

  func number(_ number: Int) -> String {
    smallIntegers.indices.contains(number) ? smallIntegers[number] : number.formatted(integer)
  }

  func percent(basisPoints: Int) -> String {
    Decimal(sign: basisPoints < 0 ? .minus : .plus, exponent: -4, significand: Decimal(basisPoints))
      .formatted(percent)
  }

  func money(_ amount: String, currency: String) -> String {
    guard let value = Decimal(string: amount) else { return "\(amount) \(currency)" }
    let decimals = amount.split(separator: ".", maxSplits: 1).dropFirst().first?.count ?? 0
    if let pattern = money[currency] {
      return pattern.filled(with: [value.formatted(decimal.precision(.fractionLength(decimals)))])
    }
    return value.formatted(
      Decimal.FormatStyle.Currency(code: currency, locale: locale)
        .precision(.fractionLength(decimals)))
  }

  func day(_ moment: Date, in zone: TimeZone) -> String {
    moment.formatted(
      Date.FormatStyle(
        date: .long, time: .omitted, locale: locale, calendar: locale.calendar, timeZone: zone))
  }
}
