/// A piece of Swift source: enough of the language to tell literals from code.
enum SwiftToken: Equatable {
  case word(String)
  case mark(Character)
  case literal(Literal)

  struct Literal: Equatable {
    /// With holes between them, so one more than there are holes.
    var parts: [String] = [""]
    var holes: [[SwiftToken]] = []

    var words: String { parts.joined() }

    /// As `Text` spells it.
    var key: String {
      zip(parts.dropFirst(), 1...).reduce(parts[0]) { "\($0){\($1.1)}\($1.0)" }
    }
  }
}

struct SwiftTokens {
  static func tokens(of source: String) -> [SwiftToken] {
    var reader = SwiftTokens(source: Array(source))
    return reader.code(until: nil)
  }

  private let source: [Character]
  private var index = 0

  private init(source: [Character]) { self.source = source }

  private func looking(at text: String) -> Bool { source[index...].starts(with: text) }

  /// - Parameter end: The `)` of an interpolation, or nil for the end of the file.
  private mutating func code(until end: Character?) -> [SwiftToken] {
    var tokens: [SwiftToken] = []
    var depth = 0
    while index < source.count {
      let character = source[index]
      if character == end, depth == 0 { break }
      if looking(at: "//") {
        index = source[index...].firstIndex(where: \.isNewline) ?? source.count
      } else if looking(at: "/*") {
        skipComment()
      } else if character == "\"" || looking(at: "#\"") || looking(at: "##\"") {
        tokens.append(.literal(literal()))
      } else if character.isLetter || character.isNumber || character == "_" {
        let word = source[index...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        index += word.count
        tokens.append(.word(String(word)))
      } else {
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
        if !character.isWhitespace { tokens.append(.mark(character)) }
        index += 1
      }
    }
    return tokens
  }

  private mutating func skipComment() {
    var depth = 0
    repeat {
      if looking(at: "/*") {
        depth += 1
        index += 2
      } else if looking(at: "*/") {
        depth -= 1
        index += 2
      } else {
        index += 1
      }
    } while depth > 0 && index < source.count
  }

  private mutating func literal() -> SwiftToken.Literal {
    let fence = String(source[index...].prefix { $0 == "#" })
    index += fence.count
    let isMultiline = looking(at: "\"\"\"")
    let quotes = isMultiline ? "\"\"\"" : "\""
    index += quotes.count
    var literal = SwiftToken.Literal()
    while index < source.count, !looking(at: quotes + fence) {
      if looking(at: "\\" + fence) {
        index += 1 + fence.count
        escape(into: &literal)
      } else {
        literal.parts[literal.parts.count - 1].append(source[index])
        index += 1
      }
    }
    index += quotes.count + fence.count
    if isMultiline { literal.removeIndentation() }
    return literal
  }

  /// What follows a backslash.
  private mutating func escape(into literal: inout SwiftToken.Literal) {
    let character = source[index]
    index += 1
    let last = literal.parts.count - 1
    switch character {
    case "(":
      literal.holes.append(code(until: ")"))
      literal.parts.append("")
      index += 1
    case "n": literal.parts[last].append("\n")
    case "t": literal.parts[last].append("\t")
    case "u":
      let hexadecimal = source[index...].dropFirst().prefix { $0 != "}" }
      index += hexadecimal.count + 2
      if let scalar = UInt32(String(hexadecimal), radix: 16).flatMap(Unicode.Scalar.init) {
        literal.parts[last].unicodeScalars.append(scalar)
      }
    case "\n":
      // A line that goes on: marked, since indentation goes first.
      literal.parts[last].append("\u{0}\n")
    default: literal.parts[last].append(character)
    }
  }
}

extension SwiftToken.Literal {
  /// As Swift does it: the indentation of the closing quotes goes from every line.
  fileprivate mutating func removeIndentation() {
    let indentation = (parts.last ?? "").reversed().prefix { $0 == " " }.count
    let margin = "\n" + String(repeating: " ", count: indentation)
    for index in parts.indices {
      parts[index] = parts[index].replacing(margin, with: "\n").replacing("\u{0}\n", with: "")
    }
    parts[0] = String(parts[0].dropFirst())
    parts[parts.count - 1] = String(parts[parts.count - 1].dropLast())
  }
}
