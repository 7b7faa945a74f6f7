import Foundation

@testable import HTML

/// Languages with few words, from files as they are written in `Locales/`.
enum TestLanguages {
  static let english = """
    {"name": "English", "direction": "ltr", "numbers": "latn", "calendar": "gregory",
     "texts": {"{1} shops": {"one": "one shop", "other": "{1} shops"}}}
    """

  static func make(persian texts: String) -> Languages {
    let persian = """
      {"name": "فارسی", "direction": "rtl", "numbers": "arabext", "calendar": "persian",
       "money": {"USD": "{1} دلار"}, "texts": {\(texts)}}
      """
    return try! load(["en.json": english, "fa.json": persian])
  }

  /// - Parameter files: Their text by name.
  static func load(_ files: [String: String]) throws(Languages.Broken) -> Languages {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try! FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      try! Data(text.utf8).write(to: folder.appending(path: name))
    }
    return try Languages(folder: folder.path)
  }
}
