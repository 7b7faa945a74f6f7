internal import HTML

enum Brand {
  /// A name, so the same in every language.
  static let name = "Martlet"

  /// The bird that is drawn without feet, since it never lands.
  static let mark: HTML = """
    <svg viewBox="0 0 32 32" aria-hidden="true" fill="currentColor"><path d="M2 5\
    c7.5.6 12.6 3.6 15.3 8.2C19.6 10.9 22.6 9.6 26 9.7c1.7 0 3 .5 4 1.4l-4.2 1.7\
    c-.1 7.4-5.3 13.2-13 13.2L3 30l4.4-5.6L2 23.5c4 0 7.1-1.2 9-3.3C9.9 14 6.7 8.9 2 5Z"/></svg>
    """
}

enum Header {
  static func html(in frame: Frame) -> HTML {
    """
    <header class="top"><div class="wrap">
    <a class="brand" href="/">\(Brand.mark)\(Brand.name)</a>
    <nav class="nav" aria-label="\(text: "Main")">
    \(link("/pricing", "Pricing", in: frame))
    \(account(in: frame))
    </nav>
    \(languages(in: frame))
    </div></header>
    """
  }

  private static func account(in frame: Frame) -> HTML {
    frame.viewer == nil
      ? link(Site.signInPath, "Sign in", in: frame)
      : link(Site.dashboardPath, "Dashboard", in: frame)
  }

  private static func link(_ path: String, _ words: Text, in frame: Frame) -> HTML {
    """
    <a href="\(url: path)"\(attribute: "aria-current", frame.path == path ? "page" : nil)>\
    \(text: words)</a>
    """
  }

  /// Each language by its own name, as its readers look for it.
  static func languages(in frame: Frame) -> HTML {
    let others = frame.languages.filter { $0 != Language.current }
    return """
      <form class="languages" method="post" action="\(url: Preferences.path)">
      <input type="hidden" name="return_to" value="\(frame.address)">
      \(others.map(button))
      </form>
      """
  }

  private static func button(_ language: Language) -> HTML {
    """
    <button class="plain" name="language" value="\(language.code)" lang="\(language.code)" \
    dir="\(language.direction.rawValue)">\(Icon.languages)\(language.name)</button>
    """
  }
}
