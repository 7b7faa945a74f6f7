/// A type that a segment of a path can be read into. What cannot be read is not found.
package protocol RouteParameter: Sendable {
  /// As OpenAPI writes it: `string`, `integer`, or `string` with a format.
  static var schema: RouteParameterSchema { get }
  init?(pathSegment: Substring)
}

package struct RouteParameterSchema: Sendable, Equatable {
  package let type: String
  package let format: String?
  package init(type: String, format: String? = nil) {
    self.type = type
    self.format = format
  }
}

extension Int: RouteParameter {
  package static let schema = RouteParameterSchema(type: "integer", format: "int64")

  /// Digits alone: `+1` and `01` would be second spellings of the same address.
  package init?(pathSegment: Substring) {
    guard let value = decimal(pathSegment.utf8), String(value) == pathSegment else { return nil }
    self = value
  }
}

extension String: RouteParameter {
  package static let schema = RouteParameterSchema(type: "string")
  package init?(pathSegment: Substring) { self.init(pathSegment) }
}

/// A name as it stands in an address: lower-case letters, digits and single hyphens between them.
package struct Slug: RouteParameter, Hashable, CustomStringConvertible {
  package static let schema = RouteParameterSchema(type: "string", format: "slug")
  package static let maximumLength = 100
  package let description: String

  package init?(pathSegment text: Substring) {
    guard Slug.isValid(text.utf8) else { return nil }
    description = String(text)
  }

  static func isValid(_ text: some BidirectionalCollection<UInt8>) -> Bool {
    guard (1...maximumLength).contains(text.count), text.first != ASCII.hyphen,
      text.last != ASCII.hyphen
    else { return false }
    var previous: UInt8 = 0
    for byte in text {
      let isPlain = byte.isDigit || (byte.isLetter && byte.lowercased == byte)
      guard isPlain || (byte == ASCII.hyphen && previous != ASCII.hyphen) else { return false }
      previous = byte
    }
    return true
  }
}
