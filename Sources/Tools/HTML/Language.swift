package import Money

/// One language that pages, bots and mails can speak: a file of `Locales/`.
package final class Language: Sendable {
  package enum Direction: String, Sendable {
    case leftToRight = "ltr"
    case rightToLeft = "rtl"
  }

  /// BCP 47, such as `fa`.
  package let code: String
  /// Its own name in its own words, such as `فارسی`.
  package let name: String
  package let direction: Direction
  let formats: Formats
  private let pluralRules: PluralRules
  private let translations: [String: Translation]
  /// Most of English, found apart once.
  private let untranslated = Memo<String, Template>(limit: 4_096)

  enum Translation: Sendable {
    case always(Template)
    case byCount([PluralCategory: Template])
  }

  init(
    code: String, name: String, direction: Direction, formats: Formats, pluralRules: PluralRules,
    translations: [String: Translation]
  ) {
    self.code = code
    self.name = name
    self.direction = direction
    self.formats = formats
    self.pluralRules = pluralRules
    self.translations = translations
  }

  /// What the reader of the current task reads. The guard of a request and the sender of a message
  /// set it; elsewhere it is the English of the source.
  @TaskLocal package static var current = Language.source

  /// English as the literals have it, for what happens before `Locales/` is read.
  static let source = Language(
    code: "en", name: "English", direction: .leftToRight,
    formats: Formats(locale: "en", money: [:]), pluralRules: PluralRules(language: "en"),
    translations: [:])

  /// A key that is not there is shown as it is, in English, rather than not at all.
  func template(for key: String, count: Int?) -> Template {
    switch translations[key] {
    case nil: return untranslated.value(for: key) { Template(key) }
    case .always(let template): return template
    case .byCount(let forms):
      let category = pluralRules.category(of: count ?? 0)
      return forms[category] ?? forms[.other] ?? Template(key)
    }
  }

  /// The name of a country in this language, by its ISO 3166 code.
  package func countryName(_ code: String) -> String { formats.country(code) }
  /// The name of a currency in this language, by its ISO 4217 code.
  package func currencyName(_ code: String) -> String { formats.currency(code) }

  /// What its readers put into the numbers that they type.
  package var numberMarks: NumberMarks { formats.numberMarks }

  /// Keeps a value's own direction from reordering the words around it, by Unicode's FIRST STRONG
  /// ISOLATE and POP DIRECTIONAL ISOLATE: unlike `<bdi>` they work in an attribute, a chat and a
  /// mail too. Left out where every letter runs with the text, which is most of English.
  func isolated(_ value: String) -> String {
    let runsLeftToRight = value.utf8.allSatisfy { $0 < Self.firstByteOfRightToLeftLetters }
    if direction == .leftToRight && runsLeftToRight { return value }
    return "\u{2068}\(value)\u{2069}"
  }

  /// Hebrew, at U+0590, is the first block that is written from the right.
  private static let firstByteOfRightToLeftLetters: UInt8 = 0xD6
}

extension Language: Equatable {
  package static func == (one: Language, other: Language) -> Bool { one === other }
}
