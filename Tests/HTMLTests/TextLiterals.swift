/// Finds the literals of Swift source that are `Text`, without a compiler: what follows the label
/// of a parameter or property declared as `Text`, what an unlabelled `Text` parameter is given, and
/// what a `Text` property or function returns.
struct TextLiterals {
  struct Found: Hashable {
    let key: String
    let hasCount: Bool
  }

  /// - Parameter sources: All together, since a label declared in one file is used in another.
  static func find(in sources: [String]) -> Set<Found> {
    let files = sources.map { SwiftTokens.tokens(of: $0) }
    var finder = TextLiterals()
    for tokens in files { finder.learn(from: tokens) }
    for tokens in files { finder.collect(from: tokens) }
    return finder.found
  }

  private var labels: Set<String> = []
  private var callees: Set<String> = ["Text"]
  private var found: Set<Found> = []

  // MARK: What is declared as Text

  private mutating func learn(from tokens: [SwiftToken]) {
    var type = ""
    for (index, token) in tokens.enumerated() {
      if case .literal(let literal) = token {
        for hole in literal.holes { learn(from: hole) }
      }
      if case .word(let name)? = tokens[safe: index + 1],
        ["struct", "enum", "class", "actor", "extension", "protocol"].contains(token.text)
      {
        type = name
      }
      guard token == .word("Text"), tokens[safe: index + 1] != .mark(".") else { continue }
      let before = tokens[safe: index - 1] == .mark("[") ? index - 2 : index - 1
      if tokens[safe: before] == .mark(":") {
        learnLabel(endingAt: before - 1, in: tokens, type: type)
      } else if tokens[safe: before] == .mark("("),
        case .word(let name)? = tokens[safe: before - 1],
        tokens[safe: before - 2] == .word("case")
      {
        callees.insert(name)
      }
    }
  }

  /// The label of a parameter or property whose name stands at `index`.
  private mutating func learnLabel(endingAt index: Int, in tokens: [SwiftToken], type: String) {
    guard case .word(let name)? = tokens[safe: index] else { return }
    guard case .word(let label)? = tokens[safe: index - 1], label != "let", label != "var" else {
      labels.insert(name)
      return
    }
    guard label == "_" else {
      labels.insert(label)
      return
    }
    guard tokens[safe: index - 2] == .mark("("), case .word(let callee)? = tokens[safe: index - 3]
    else { return }
    if callee != "appendInterpolation" { callees.insert(callee == "init" ? type : callee) }
  }

  // MARK: What is given to it

  private mutating func collect(from tokens: [SwiftToken]) {
    for (index, token) in tokens.enumerated() {
      if case .literal(let literal) = token {
        for hole in literal.holes { collect(from: hole) }
      }
      guard case .word(let word) = token, let next = tokens[safe: index + 1] else { continue }
      if next == .mark("("), callees.contains(word) {
        collectArgument(from: index + 2, in: tokens)
      } else if next == .mark(":"), labels.contains(word) {
        collectArgument(from: index + 2, in: tokens)
      }
      if word == "Text", let opening = bodyAfterType(at: index, in: tokens) {
        collectBody(from: opening, in: tokens)
      }
    }
  }

  /// One argument or default value: literals at its own level, in an array or a choice.
  private mutating func collectArgument(from start: Int, in tokens: [SwiftToken]) {
    var depth = 0
    var index = start
    while let token = tokens[safe: index] {
      switch token {
      case .mark("["):
        // Of an array; a subscript's literal is a key of something else.
        let isArray =
          index == start || tokens[index - 1] == .mark("?") || tokens[index - 1] == .mark(":")
        depth += isArray ? 0 : 1
        if isArray { collectArray(from: index + 1, in: tokens) }
        if isArray { return }
      case .mark("("), .mark("{"): depth += 1
      case .mark(")"), .mark("]"), .mark("}"):
        if depth == 0 { return }
        depth -= 1
      case .mark(","):
        if depth == 0 { return }
      case .literal(let literal):
        if depth == 0, index == start || tokens[index - 1].isChoice { add(literal) }
      case .word, .mark: break
      }
      index += 1
    }
  }

  private mutating func collectArray(from start: Int, in tokens: [SwiftToken]) {
    var index = start
    while let token = tokens[safe: index], token != .mark("]") {
      if case .literal(let literal) = token { add(literal) }
      index += 1
    }
  }

  /// Where the body or default of something of type `Text` begins: after `{` or `=`.
  private func bodyAfterType(at index: Int, in tokens: [SwiftToken]) -> Int? {
    var before = index - 1
    var after = index + 1
    if tokens[safe: before] == .mark("[") { before -= 1 }
    if tokens[safe: after] == .mark("]") { after += 1 }
    if tokens[safe: after] == .mark("?") { after += 1 }
    guard tokens[safe: before] == .mark(":") || tokens[safe: before] == .mark(">") else {
      return nil
    }
    guard tokens[safe: after] == .mark("{") || tokens[safe: after] == .mark("=") else { return nil }
    return after
  }

  /// What a body gives back: the literal of a branch, not the pattern that it is chosen by.
  private mutating func collectBody(from opening: Int, in tokens: [SwiftToken]) {
    if tokens[opening] == .mark("=") { return collectArgument(from: opening + 1, in: tokens) }
    var braces = 0
    var others = 0
    for index in opening..<tokens.count {
      switch tokens[index] {
      case .mark("{"): braces += 1
      case .mark("}"): braces -= 1
      case .mark("("), .mark("["): others += 1
      case .mark(")"), .mark("]"): others -= 1
      case .literal(let literal):
        let previous = tokens[index - 1]
        let gives = previous.isChoice || previous == .mark("{") || previous == .word("return")
        if others == 0, gives { add(literal) }
      case .word, .mark: break
      }
      if braces == 0 { return }
    }
  }

  private mutating func add(_ literal: SwiftToken.Literal) {
    // A value alone has nothing to translate.
    guard literal.words.contains(where: \.isLetter) else { return }
    found.insert(
      Found(
        key: literal.key,
        hasCount: literal.holes.contains { $0.starts(with: [.word("count"), .mark(":")]) }))
  }
}

extension SwiftToken {
  /// `? a : b`, `?? b` and `case x: a`.
  fileprivate var isChoice: Bool { self == .mark("?") || self == .mark(":") }

  fileprivate var text: String {
    if case .word(let word) = self { word } else { "" }
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? {
    indices.contains(index) ? self[index] : nil
  }
}
