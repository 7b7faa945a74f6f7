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
    // By bytes, since untranslated English comes here for every text that is said.
    let bytes = pattern.utf8
    var wordsStart = bytes.startIndex
    var rest = bytes[...]
    while let open = rest.firstIndex(of: UInt8(ascii: "{")) {
      rest = rest[bytes.index(after: open)...]
      guard let (number, end) = Self.place(at: rest) else { continue }
      append(pattern[wordsStart..<open])
      pieces.append(.value(number))
      wordsStart = end
      rest = rest[end...]
    }
    append(pattern[wordsStart...])
  }

  /// The number before a closing brace, and where what follows begins.
  private static func place(at rest: Substring.UTF8View) -> (number: Int, end: String.Index)? {
    guard let close = rest.firstIndex(where: { !(0x30...0x39).contains($0) }),
      rest[close] == UInt8(ascii: "}"), let number = Int(Substring(rest[..<close]))
    else { return nil }
    return (number, rest.index(after: close))
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
