/// Markup that is safe to send. Written as a literal: what is interpolated is escaped unless it is
/// already `HTML`. Interpolate into text and double-quoted attributes only.
package struct HTML: Sendable, Hashable {
  /// What goes over the wire.
  package private(set) var utf8: [UInt8]

  package var text: String { String(decoding: utf8, as: UTF8.self) }
}

extension HTML: ExpressibleByStringInterpolation {
  package init(stringLiteral markup: String) { utf8 = Array(markup.utf8) }
  package init(stringInterpolation: StringInterpolation) { utf8 = stringInterpolation.utf8 }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var utf8: [UInt8] = []
    /// Looked up once for a whole literal, and only when it holds words for people.
    private lazy var language = Language.current

    package init(literalCapacity: Int, interpolationCount: Int) {
      // A guess at a usual value. A short guess costs a few copies, since growth is by doubling.
      utf8.reserveCapacity(literalCapacity + 32 * interpolationCount)
    }

    package mutating func appendLiteral(_ markup: String) { utf8.append(contentsOf: markup.utf8) }

    package mutating func appendInterpolation(_ value: String) { utf8.appendEscaped(value) }

    package mutating func appendInterpolation(_ part: HTML) { utf8.append(contentsOf: part.utf8) }

    /// Nothing where there is no part.
    package mutating func appendInterpolation(_ part: HTML?) {
      if let part { appendInterpolation(part) }
    }

    /// The parts one after another.
    package mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { appendInterpolation(part) }
    }

    /// For machines, such as `maxlength`. A number that people read is a `Text`.
    package mutating func appendInterpolation(_ number: some BinaryInteger) {
      utf8.append(contentsOf: number.description.utf8)
    }

    /// Words for people, in `Language.current`.
    package mutating func appendInterpolation(text: Text) {
      utf8.appendEscaped(text.resolved(in: language))
    }

    /// A path of ours, `https:` or `mailto:`; anything else, such as `javascript:`, becomes `#`.
    package mutating func appendInterpolation(url: String) {
      utf8.appendEscaped(url.isLinkWeAllow ? url : "#")
    }

    /// ` name="value"` with its leading space, or nothing where there is no value.
    package mutating func appendInterpolation(attribute name: StaticString, _ value: String?) {
      guard let value else { return }
      appendInterpolation(attribute: name, if: true)
      utf8.append(contentsOf: "=\"".utf8)
      utf8.appendEscaped(value)
      utf8.append(UInt8(ascii: "\""))
    }

    /// ` name` with its leading space, such as ` checked`, where it holds.
    package mutating func appendInterpolation(attribute name: StaticString, if holds: Bool) {
      guard holds else { return }
      utf8.append(UInt8(ascii: " "))
      utf8.append(contentsOf: name.description.utf8)
    }
  }
}
