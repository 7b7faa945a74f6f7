/// The options of the probe's own commands, each with a value.
struct ProbeArguments {
  private let words: [String]

  init(_ words: [String]) { self.words = words }

  subscript(_ option: String) -> String? {
    words.firstIndex(of: "--\(option)").flatMap {
      words.indices.contains($0 + 1) ? words[$0 + 1] : nil
    }
  }

  func number(_ option: String, otherwise standard: Int) -> Int {
    self[option].flatMap { Int($0) } ?? standard
  }
}
