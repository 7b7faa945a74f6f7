import FoundationEssentials

/// Parts of something by their names, as they were or as they became.
///
/// What must not be read later has no way in: a secret is told by whether there is one, an e-mail address
/// by its beginning and its domain.
package struct AuditValues: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  package private(set) var parts: [String: AuditValue]

  /// At most so many parts, so that the whole always fits into its column.
  static let mostParts = 50

  package init(dictionaryLiteral parts: (String, AuditValue)...) { self.init(parts) }

  package init(_ parts: [(String, AuditValue)]) {
    self.parts = Dictionary(parts.prefix(Self.mostParts), uniquingKeysWith: { _, last in last })
  }

  /// What is not the same in both.
  package static func differences(
    from before: AuditValues, to after: AuditValues
  ) -> (before: AuditValues, after: AuditValues) {
    var (left, right) = (before, after)
    left.parts = before.parts.filter { after.parts[$0.key] != $0.value }
    right.parts = after.parts.filter { before.parts[$0.key] != $0.value }
    return (left, right)
  }
}

/// One part.
package enum AuditValue: Sendable, Equatable {
  case nothing
  case flag(Bool)
  case number(Int)
  /// Beyond 200 characters, the beginning.
  case text(String)

  /// Said of a secret: that there is one.
  package static func secret(isSet: Bool) -> AuditValue { isSet ? .text("•••") : .nothing }

  /// `j•••@example.com`.
  package static func email(_ address: String) -> AuditValue {
    guard let at = address.lastIndex(of: "@") else { return .secret(isSet: true) }
    return .text("\(address.prefix(1))•••\(address[at...])")
  }

  package static func optional(_ text: String?) -> AuditValue { text.map(Self.text) ?? .nothing }

  /// For programs; nil for nothing.
  package var plain: String? {
    switch self {
    case .nothing: nil
    case .flag(let flag): "\(flag)"
    case .number(let number): "\(number)"
    case .text(let text): text
    }
  }

  private static let mostScalars = 200

  private var shortened: AuditValue {
    guard case .text(let text) = self else { return self }
    let scalars = text.unicodeScalars
    guard scalars.count > Self.mostScalars else { return self }
    return .text(String(scalars.prefix(Self.mostScalars - 1)) + "…")
  }
}

// MARK: As JSON

extension AuditValues {
  /// Keys in order; the same parts are always the same text.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try? encoder.encode(parts)
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// Empty for text that is none of ours: it is shown to somebody who looks for what went wrong.
  init(json: String) {
    parts = (try? JSONDecoder().decode([String: AuditValue].self, from: Data(json.utf8))) ?? [:]
  }
}

extension AuditValue: Codable {
  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .nothing
    } else if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? value.decode(Int.self) {
      self = .number(number)
    } else {
      self = .text(try value.decode(String.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch shortened {
    case .nothing: try value.encodeNil()
    case .flag(let flag): try value.encode(flag)
    case .number(let number): try value.encode(number)
    case .text(let text): try value.encode(text)
    }
  }
}
