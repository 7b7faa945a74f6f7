/// A text in one language, with the places of its values found in advance.
struct Template: Sendable {
  private enum Piece: Sendable {
    case words(String)
    /// Which value, counted from 1 as it is written.
    case value(Int)
  }

  private var pieces: [Piece] = []

  /// - Parameter pattern: Words with `{1}`, `{2}`, …; any other brace is itself.
  init(_ pattern: String) {
    var rest = pattern[...]
    while let open = rest.firstIndex(of: "{") {
      let digits = rest[rest.index(after: open)...].prefix { $0.isASCII && $0.isNumber }
      guard digits.endIndex < rest.endIndex, rest[digits.endIndex] == "}", let number = Int(digits)
      else {
        append(rest[...open])
        rest = rest[rest.index(after: open)...]
        continue
      }
      append(rest[..<open])
      pieces.append(.value(number))
      rest = rest[rest.index(after: digits.endIndex)...]
    }
    append(rest)
  }

  private mutating func append(_ words: Substring) {
    if !words.isEmpty { pieces.append(.words(String(words))) }
  }

  /// The whole text where it has no place for a value.
  var onlyWords: String? {
    if case .words(let words)? = pieces.first, pieces.count == 1 { words } else { nil }
  }

  /// The values it has a place for, such as 1 and 2.
  var places: Set<Int> {
    Set(pieces.compactMap { if case .value(let number) = $0 { number } else { nil } })
  }

  func filled(with values: [String]) -> String {
    var text = ""
    for piece in pieces {
      switch piece {
      case .words(let words): text += words
      case .value(let number): if values.indices.contains(number - 1) { text += values[number - 1] }
      }
    }
    return text
  }
}
