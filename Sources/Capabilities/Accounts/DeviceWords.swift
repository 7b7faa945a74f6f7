import HTML

/// What to call a browser or program, out of what it calls itself. Its own words never reach a reader
/// but for one short name, or whoever signs in could write to the account's owner in our voice.
enum DeviceWords {
  /// - Parameter agent: A `User-Agent` field.
  static func of(_ agent: String) -> Text {
    let browser = browsers.first { agent.contains($0.mark) }?.name
    let system = systems.first { agent.contains($0.mark) }?.name
    return switch (browser, system) {
    case (let browser?, let system?): "\(browser) on \(system)"
    case (let browser?, nil): "\(browser)" as Text
    case (nil, let system?): "A program on \(system)"
    case (nil, nil): program(agent)
    }
  }

  private static func program(_ agent: String) -> Text {
    let name = agent.prefix { $0 != "/" && $0 != " " }
    // Every browser calls itself Mozilla, so that says nothing.
    guard name != "Mozilla", name.wholeMatch(of: /[A-Za-z0-9_-]{1,30}/) != nil else {
      return "An unknown device"
    }
    return "\(String(name))" as Text
  }

  /// In this order, since most browsers also name those before them.
  private static let browsers = [
    (mark: "Edg", name: "Edge"), (mark: "OPR/", name: "Opera"),
    (mark: "SamsungBrowser/", name: "Samsung Internet"), (mark: "YaBrowser/", name: "Yandex"),
    (mark: "Firefox/", name: "Firefox"), (mark: "FxiOS/", name: "Firefox"),
    (mark: "CriOS/", name: "Chrome"), (mark: "Chrome/", name: "Chrome"),
    (mark: "Safari/", name: "Safari"),
  ]

  private static let systems = [
    (mark: "Android", name: "Android"), (mark: "iPhone", name: "iPhone"),
    (mark: "iPad", name: "iPad"), (mark: "Windows", name: "Windows"),
    (mark: "Mac OS X", name: "macOS"), (mark: "CrOS", name: "ChromeOS"),
    (mark: "Linux", name: "Linux"),
  ]
}
