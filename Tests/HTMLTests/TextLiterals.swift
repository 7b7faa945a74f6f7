/// Finds the literals of Swift source that are `Text`, without a compiler: what an argument or a
/// property declared as `Text` is given, and what a `Text` property or function returns.
struct TextLiterals {
  struct Found: Hashable {
    let key: String
    let hasCount: Bool
  }

  /// - Parameter sources: All together, since what one file declares another uses.
  static func find(in sources: [String]) -> Set<Found> {
    let files = sources.map { SwiftTokens.tokens(of: $0) }
    var finder = TextLiterals()
    for tokens in files { finder.learn(from: tokens) }
    for tokens in files { finder.collect(from: tokens) }
    return finder.found
  }

  /// An argument by what it is called with: a label, or its place where it has none.
  private enum Argument: Hashable {
    case labelled(String)
    case at(Int)
  }

  /// By function, type or enum case. An interpolation has no name.
  private var declared: [String: Set<Argument>] = ["Text": [.at(0)]]
  private var found: Set<Found> = []

  // MARK: What is declared as Text

  private mutating func learn(from tokens: [SwiftToken]) {
    // One entry an open brace: the type that it opens, or the one that it is within.
    var types = [""]
    var opening: String?
    for (index, token) in tokens.enumerated() {
      if case .literal(let literal) = token {
        for hole in literal.holes { learn(from: hole) }
      }
      if case .word(let name)? = tokens[safe: index + 1], token.declaresType { opening = name }
      if token == .mark("{") {
        types.append(opening ?? types[types.count - 1])
        opening = nil
      }
      if token == .mark("}"), types.count > 1 { types.removeLast() }
      let type = types[types.count - 1]
      guard token == .word("Text"), tokens[safe: index + 1] != .mark(".") else { continue }
      let before = tokens[safe: index - 1] == .mark("[") ? index - 2 : index - 1
      if tokens[safe: before] == .mark(":") {
        learnName(at: before - 1, in: tokens, type: type)
      } else if tokens[safe: before] == .mark("("),
        case .word(let name)? = tokens[safe: before - 1],
        tokens[safe: before - 2] == .word("case")
      {
        declared[name, default: []].insert(.at(0))
      }
    }
  }

  /// Of a parameter, or of a property that a memberwise initialiser takes.
  private mutating func learnName(at index: Int, in tokens: [SwiftToken], type: String) {
    guard case .word(let name)? = tokens[safe: index] else { return }
    if [.word("let"), .word("var")].contains(tokens[safe: index - 1]) {
      declared[type, default: []].insert(.labelled(name))
      return
    }
    let (opening, position) = argument(before: index, in: tokens)
    guard case .word(var callee)? = tokens[safe: opening - 1] else { return }
    if callee == "init" { callee = type }
    if callee == "appendInterpolation" { callee = "" }
    guard case .word(let label)? = tokens[safe: index - 1] else {
      declared[callee, default: []].insert(.labelled(name))
      return
    }
    // A plain interpolation takes values of every type, so its literals say nothing.
    if callee.isEmpty && label == "_" { return }
    declared[callee, default: []].insert(label == "_" ? .at(position) : .labelled(label))
  }

  /// Where the list that something stands in opens, and how many are before it.
  private func argument(before index: Int, in tokens: [SwiftToken]) -> (opening: Int, position: Int)
  {
    var depth = 0
    var position = 0
    var index = index - 1
    while index >= 0 {
      switch tokens[index] {
      case .mark("("), .mark("["), .mark("{"):
        if depth == 0 { return (index, position) }
        depth -= 1
      case .mark(")"), .mark("]"), .mark("}"): depth += 1
      case .mark(","): position += depth == 0 ? 1 : 0
      case .mark, .word, .literal: break
      }
      index -= 1
    }
    return (index, position)
  }

  // MARK: What is given to it

  private mutating func collect(from tokens: [SwiftToken]) {
    for (index, token) in tokens.enumerated() {
      if case .literal(let literal) = token {
        for hole in literal.holes { collect(from: hole) }
      }
      guard case .word(let word) = token else { continue }
      if tokens[safe: index + 1] == .mark("("), let arguments = declared[word] {
        let starts = starts(ofArgumentsFrom: index + 2, in: tokens)
        for (position, start) in starts.enumerated() where arguments.contains(.at(position)) {
          collectArgument(from: start, in: tokens)
        }
      }
      if tokens[safe: index + 1] == .mark(":"), isLabelOfText(at: index, in: tokens) {
        collectArgument(from: index + 2, in: tokens)
      }
      if word == "Text", let opening = bodyAfterType(at: index, in: tokens) {
        collectBody(from: opening, in: tokens)
      }
    }
  }

  private func isLabelOfText(at index: Int, in tokens: [SwiftToken]) -> Bool {
    guard case .word(let label) = tokens[index] else { return false }
    let opening = argument(before: index, in: tokens).opening
    // `.init(` does not say of what: any type's will do.
    if tokens[safe: opening - 1] == .word("init") {
      return declared.values.contains { $0.contains(.labelled(label)) }
    }
    guard opening >= 0 else { return declared["", default: []].contains(.labelled(label)) }
    guard case .word(let callee)? = tokens[safe: opening - 1] else { return false }
    return declared[callee, default: []].contains(.labelled(label))
  }

  private func starts(ofArgumentsFrom first: Int, in tokens: [SwiftToken]) -> [Int] {
    var starts = [first]
    var depth = 0
    for index in first..<tokens.count {
      switch tokens[index] {
      case .mark("("), .mark("["), .mark("{"): depth += 1
      case .mark(")"), .mark("]"), .mark("}"):
        if depth == 0 { return starts }
        depth -= 1
      case .mark(","): if depth == 0 { starts.append(index + 1) }
      case .mark, .word, .literal: break
      }
    }
    return starts
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
      // Of the next declaration: a default value has no closing mark.
      case .word("let"), .word("var"), .word("func"), .word("private"), .word("static"): return
      case .word, .mark: break
      }
      index += 1
    }
  }

  /// A dictionary's keys are names, its values words.
  private mutating func collectArray(from start: Int, in tokens: [SwiftToken]) {
    var index = start
    while let token = tokens[safe: index], token != .mark("]") {
      if case .literal(let literal) = token, tokens[safe: index + 1] != .mark(":") { add(literal) }
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
    let depthOfItems = tokens[opening - 1] == .mark("]") ? 1 : 0
    for index in opening..<tokens.count {
      switch tokens[index] {
      case .mark("{"): braces += 1
      case .mark("}"): braces -= 1
      case .mark("("), .mark("["): others += 1
      case .mark(")"), .mark("]"): others -= 1
      case .literal(let literal):
        let previous = tokens[index - 1]
        let isItem = depthOfItems == 1 && [.mark("["), .mark(",")].contains(previous)
        let gives = previous.isChoice || previous == .mark("{") || previous == .word("return")
        if others == depthOfItems, gives || isItem { add(literal) }
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
  fileprivate var declaresType: Bool {
    guard case .word(let word) = self else { return false }
    return ["struct", "enum", "class", "actor", "extension", "protocol"].contains(word)
  }

  /// `? a : b`, `?? b` and `case x: a`.
  fileprivate var isChoice: Bool { self == .mark("?") || self == .mark(":") }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? {
    indices.contains(index) ? self[index] : nil
  }
}
