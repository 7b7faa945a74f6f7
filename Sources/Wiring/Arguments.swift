/// What follows a command: options with values, and flags. No command takes other words.
struct Arguments {
  private var options: [String: String] = [:]
  private var flags: Set<String> = []

  /// - Parameters:
  ///   - options: Those that take a value, as `--name value` or `--name=value`.
  ///   - flags: Those that take none.
  init(
    _ arguments: [String], options known: Set<String>, flags knownFlags: Set<String>
  ) throws(CommandFailure) {
    var rest = arguments[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else {
        throw CommandFailure(
          .usage, "\"\(word)\" belongs to no option. `martlet --help` lists them.")
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1).map(String.init)
      let name = parts.first ?? ""
      if knownFlags.contains(name), parts.count == 1 {
        flags.insert(name)
      } else if known.contains(name) {
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
          throw CommandFailure(.usage, "--\(name) needs a value.")
        }
        options[name] = value
      } else {
        throw CommandFailure(.usage, "There is no option \(word). `martlet --help` lists them.")
      }
    }
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }
  subscript(_ option: String) -> String? { options[option] }

  func integer(
    _ option: String, in range: ClosedRange<Int>, otherwise standard: Int
  ) throws(CommandFailure) -> Int {
    guard let text = options[option] else { return standard }
    guard let number = Int(text), range.contains(number) else {
      throw CommandFailure(
        .usage, "--\(option) takes a number from \(range.lowerBound) to \(range.upperBound).")
    }
    return number
  }
}
