internal import FoundationEssentials

/// Every language of this installation, read once at start.
package struct Languages: Sendable {
  /// English first, which is what a reader gets whose languages we do not have.
  package let all: [Language]

  /// A file that cannot be used, and why, for whoever starts the program.
  package struct Broken: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String
    package var description: String { "\(path): \(reason)" }
  }

  /// - Parameter folder: Holds `en.json` and one file for each further language.
  package init(folder: String) throws(Broken) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw Broken(path: folder, reason: "the folder of languages cannot be read")
    }
    let codes = names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    guard codes.contains("en") else {
      throw Broken(path: folder, reason: "en.json is missing; English is what others fall back to")
    }
    var all: [Language] = []
    for code in ["en"] + codes.filter({ $0 != "en" }) {
      all.append(try LanguageFile.load("\(folder)/\(code).json", code: code))
    }
    self.all = all
  }

  package var english: Language { all[0] }

  package func named(_ code: String) -> Language? { all.first { $0.code == code } }

  /// What to speak with somebody.
  /// - Parameters:
  ///   - choice: What they chose here before, if anything.
  ///   - accepted: Their browser's `Accept-Language`.
  package func negotiated(choice: String?, accepted: String?) -> Language {
    if let choice, let language = named(choice) { return language }
    for tag in Self.preferences(accepted ?? "") {
      let primary = tag.prefix { $0 != "-" }.lowercased()
      if let language = named(primary) { return language }
      if tag == "*" { return english }
    }
    return english
  }

  /// The tags of `Accept-Language`, best first; those with a weight of zero are left out.
  private static func preferences(_ header: String) -> [Substring] {
    let weighted = header.split(separator: ",").prefix(20).compactMap {
      range -> (tag: Substring, weight: Double)? in
      let parts = range.split(separator: ";").map { $0.drop { $0 == " " } }
      guard let tag = parts.first else { return nil }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap {
        Double($0.dropFirst(2))
      }
      return (tag, weight ?? 1)
    }
    // `sorted` keeps the order of equals, and among equals the browser's order counts.
    return weighted.filter { $0.weight > 0 }.sorted { $0.weight > $1.weight }.map(\.tag)
  }
}
