internal import FoundationEssentials

/// A file of `Locales/` as it is written.
struct LanguageFile: Decodable {
  /// The language's own name, such as `فارسی`.
  let name: String
  /// `ltr` or `rtl`.
  let direction: String
  /// Unicode's name of the digits, such as `arabext`.
  let numbers: String
  /// Unicode's name of the calendar, such as `persian`.
  let calendar: String
  /// By currency code, `{1}` for the amount, where Unicode's own form is not the usual one.
  let money: [String: String]?
  /// By English key.
  let texts: [String: Entry]

  enum Entry: Decodable {
    case always(String)
    /// By plural category.
    case byCount([String: String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .always(text)
      } else {
        self = .byCount(try container.decode([String: String].self))
      }
    }
  }

  static func load(_ path: String, code: String) throws(Languages.Broken) -> Language {
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      return try JSONDecoder().decode(LanguageFile.self, from: data).language(code: code)
    } catch let mistake as Mistake {
      throw Languages.Broken(path: path, reason: mistake.reason)
    } catch let DecodingError.keyNotFound(key, _) {
      throw Languages.Broken(path: path, reason: "\"\(key.stringValue)\" is missing")
    } catch let DecodingError.typeMismatch(_, context) {
      let place = context.codingPath.map(\.stringValue).joined(separator: " → ")
      throw Languages.Broken(path: path, reason: "\"\(place)\" has a value of the wrong kind")
    } catch DecodingError.dataCorrupted {
      throw Languages.Broken(path: path, reason: "it is not JSON")
    } catch {
      throw Languages.Broken(path: path, reason: "it cannot be read")
    }
  }

  private struct Mistake: Error {
    let reason: String
  }

  private func language(code: String) throws -> Language {
    guard let direction = Language.Direction(rawValue: direction) else {
      throw Mistake(reason: "\"direction\" is neither \"ltr\" nor \"rtl\"")
    }
    let rules = PluralRules(language: code)
    var translations: [String: Language.Translation] = [:]
    for (key, entry) in texts {
      translations[key] = try entry.translation(of: key, categories: rules.categories)
    }
    let locale = "\(code)-u-ca-\(calendar)-nu-\(numbers)"
    return Language(
      code: code, name: name, direction: direction,
      formats: Formats(locale: locale, money: (money ?? [:]).mapValues { Template($0) }),
      pluralRules: rules, translations: translations)
  }
}

extension LanguageFile.Entry {
  fileprivate func translation(
    of key: String, categories: Set<PluralCategory>
  ) throws -> Language.Translation {
    switch self {
    case .always(let pattern):
      return .always(try template(pattern, of: key))
    case .byCount(let patterns):
      var forms: [PluralCategory: Template] = [:]
      for category in categories {
        guard let pattern = patterns[category.rawValue] else {
          throw LanguageFile.Mistake(
            reason: "\"\(key)\" has no form for \"\(category.rawValue)\"")
        }
        forms[category] = try template(pattern, of: key)
      }
      return .byCount(forms)
    }
  }

  private func template(_ pattern: String, of key: String) throws -> Template {
    let template = Template(pattern)
    guard template.places.isSubset(of: Template(key).places) else {
      throw LanguageFile.Mistake(reason: "\"\(pattern)\" has a place that \"\(key)\" has not")
    }
    return template
  }
}
