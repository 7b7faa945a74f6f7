package import FoundationEssentials
package import Money

/// Words for people, in whatever language they read. Written as an English literal, which is the
/// key in `Locales/`: `"Only \(left) is left to refund."` is looked up as
/// `Only {1} is left to refund.`, and its values are put in when the language is known.
package struct Text: Sendable, Hashable {
  /// English, with `{1}`, `{2}`, … where values go.
  package let key: String
  let values: [Value]

  enum Value: Sendable, Hashable {
    case words(String)
    case number(Int)
    /// Chooses the plural form too.
    case count(Int)
    case money(Money, isShort: Bool)
    case percent(basisPoints: Int)
    case day(Date, TimeZone)
    case minute(Date, TimeZone)
    indirect case text(Text)
  }
}

extension Text: ExpressibleByStringInterpolation {
  package init(stringLiteral key: String) {
    self.key = key
    values = []
  }

  package init(stringInterpolation: StringInterpolation) {
    key = stringInterpolation.key
    values = stringInterpolation.values
  }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var key = ""
    fileprivate var values: [Value] = []

    package init(literalCapacity: Int, interpolationCount: Int) {
      key.reserveCapacity(literalCapacity + 3 * interpolationCount)
      values.reserveCapacity(interpolationCount)
    }

    package mutating func appendLiteral(_ words: String) { key += words }

    /// A name or another value that is the same in every language.
    package mutating func appendInterpolation(_ words: String) { append(.words(words)) }
    package mutating func appendInterpolation(_ text: Text) { append(.text(text)) }
    package mutating func appendInterpolation(_ number: Int) { append(.number(number)) }

    /// How many there are of something. The first count of a text chooses its plural form.
    package mutating func appendInterpolation(count: Int) { append(.count(count)) }

    /// With all of its currency's decimals, but for the zeros that end a coin's many.
    package mutating func appendInterpolation(_ money: Money) {
      append(.money(money, isShort: false))
    }

    /// Without the decimals of a whole amount: $9, but $9.50.
    package mutating func appendInterpolation(short money: Money) {
      append(.money(money, isShort: true))
    }

    /// - Parameter basisPoints: Hundredths of a percent; 350 is shown as 3.5 %.
    package mutating func appendInterpolation(basisPoints: Int) {
      append(.percent(basisPoints: basisPoints))
    }

    /// The date of a moment in a time zone, in the calendar of the language.
    package mutating func appendInterpolation(day moment: Date, in zone: TimeZone) {
      append(.day(moment, zone))
    }

    /// Date, time to the minute and name of the time zone.
    package mutating func appendInterpolation(minute moment: Date, in zone: TimeZone) {
      append(.minute(moment, zone))
    }

    private mutating func append(_ value: Value) {
      values.append(value)
      key += "{\(values.count)}"
    }
  }
}

extension Text {
  package func resolved(in language: Language) -> String {
    let template = language.template(for: key, count: count)
    if let words = template.onlyWords { return words }
    let shown = values.map { $0.resolved(in: language) }
    return template.filled(with: shown)
  }

  private var count: Int? {
    for case .count(let count) in values { return count }
    return nil
  }
}

extension Text.Value {
  fileprivate func resolved(in language: Language) -> String {
    switch self {
    case .words(let words): language.isolated(words)
    case .number(let number), .count(let number): language.formats.number(number)
    case .money(let money, let isShort): language.formats.money(money, isShort: isShort)
    case .percent(let basisPoints): language.formats.percent(basisPoints: basisPoints)
    case .day(let moment, let zone): language.formats.day(moment, in: zone)
    case .minute(let moment, let zone): language.formats.minute(moment, in: zone)
    case .text(let text): text.resolved(in: language)
    }
  }
}
