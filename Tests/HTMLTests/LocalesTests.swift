import Foundation
import Testing

@testable import HTML

@Suite struct `The files of Locales` {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let codes =
    (try? FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: "Locales").path))!.map { String($0.dropLast(5)) }.sorted()

  static let found: Set<TextLiterals.Found> = {
    let sources = root.appending(path: "Sources")
    let paths = FileManager.default.enumerator(atPath: sources.path)!.compactMap { $0 as? String }
    let files = paths.filter { $0.hasSuffix(".swift") }.map {
      (path: $0, text: try! String(contentsOf: sources.appending(path: $0), encoding: .utf8))
    }
    // Who does not import HTML has no Text, whatever else is called so there.
    return TextLiterals.find(
      in: files.filter { $0.path.hasPrefix("Tools/HTML/") || $0.text.contains("import HTML\n") }
        .map(\.text))
  }()

  private func file(_ code: String) throws -> LanguageFile {
    let path = Self.root.appending(path: "Locales/\(code).json")
    return try JSONDecoder().decode(LanguageFile.self, from: Data(contentsOf: path))
  }

  @Test func `are read at start without complaint`() throws {
    let languages = try Languages(folder: Self.root.appending(path: "Locales").path)
    #expect(languages.all.map(\.code) == ["en"] + Self.codes.filter { $0 != "en" })
  }

  @Test(arguments: codes)
  func `have every word that the source says`(code: String) throws {
    // English is the source itself; its file has only what takes a form by count.
    let needed = Self.found.filter { code != "en" || $0.hasCount }.map(\.key)
    let missing = try Set(needed).subtracting(file(code).texts.keys)
    #expect(missing.sorted() == [], "add these to Locales/\(code).json")
  }

  @Test(arguments: codes)
  func `have no word that the source does not say`(code: String) throws {
    let unused = try Set(file(code).texts.keys).subtracting(Self.found.map(\.key))
    #expect(unused.sorted() == [], "remove these from Locales/\(code).json")
  }

  @Test(arguments: codes)
  func `put every value into every translation`(code: String) throws {
    for (key, entry) in try file(code).texts {
      switch entry {
      case .always(let text):
        #expect(Template(text).places == Template(key).places, "\(code): \(key)")
      case .byCount(let forms):
        // One thing may be said in words, "a shop".
        for (category, text) in forms where category != "one" {
          #expect(Template(text).places == Template(key).places, "\(code): \(key), \(category)")
        }
      }
    }
  }

  @Test(arguments: codes)
  func `have the forms by count that the language needs, and no other`(code: String) throws {
    let needed = Set(PluralRules(language: code).categories.map(\.rawValue))
    let counted = Set(Self.found.filter(\.hasCount).map(\.key))
    for (key, entry) in try file(code).texts {
      switch entry {
      case .always: #expect(!counted.contains(key), "\(code): \(key) needs forms by count")
      case .byCount(let forms): #expect(Set(forms.keys) == needed, "\(code): \(key)")
      }
    }
  }
}
