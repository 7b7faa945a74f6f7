import HTML

/// What a browser or program calls itself, in words that its owner knows it by.
struct UserAgent: Sendable {
  private let field: String

  init(_ field: String) { self.field = field }

  /// Such as "Firefox on Android". Names of products are the same in every language.
  var words: Text {
    switch (program, system) {
    case (let program?, let system?): "\(program) on \(system)"
    case (let program?, nil): "\(program)"
    case (nil, let system?): "\(system)"
    case (nil, nil): "An unknown device"
    }
  }

  /// The first that is named: browsers name their forebears too, so the particular come first.
  private static let programs: [(mark: String, name: String)] = [
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"), ("Vivaldi/", "Vivaldi"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
  ]

  private static let systems: [(mark: String, name: String)] = [
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux"),
  ]

  /// A program that is no browser says its name first, as in `curl/8.5.0`.
  private var program: String? {
    guard field.hasPrefix("Mozilla/") else {
      let name = field.prefix { $0.isLetter || $0.isNumber || "-_. ".contains($0) }.prefix(40)
      return name.isEmpty ? nil : String(name)
    }
    return Self.programs.first { field.contains($0.mark) }?.name
  }

  private var system: String? { Self.systems.first { field.contains($0.mark) }?.name }
}
