/// Text of a header field that cannot end the field: the only kind that goes into one.
package struct HeaderText: Sendable, Hashable, ExpressibleByStringLiteral {
  package let text: String

  /// - Returns: Nil when it holds a line end or another control character.
  package init?(_ text: String) {
    guard text.isOneLine else { return nil }
    self.text = text
  }

  /// What a person wrote over several lines, as one line.
  package init(joiningLinesOf text: String) {
    self.text = text.split { !String($0).isOneLine }.joined(separator: " ")
  }

  package init(stringLiteral text: StaticString) { self.init(joiningLinesOf: "\(text)") }
}
