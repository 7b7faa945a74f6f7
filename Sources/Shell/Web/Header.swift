internal import HTML

enum Brand {
  /// A name, so the same in every language.
  static let name = "Martlet"

  /// The bird that is drawn without feet, since it never lands.
  static let mark: HTML = """
    <svg viewBox="0 0 32 32" aria-hidden="true" fill="currentColor"><path d="M2 5c7.5.6 12.6 3.600 \
    15.300 8.200C19.600 10.900 22.600 9.600 26 9.700c1.700 0 3 .5 4 1.400l-4.200 1.700c-.1 7.400-5.300 \
    13.200-13 13.200L3 30l4.400-5.600L2 23.500c4 0 7.100-1.200 9-3.300C9.900 14 6.700 8.900 2 5Z"/></svg>
    """
}

enum Header {
  static func html(in frame: Frame) -> HTML {
    """
    <header class="top"><div class="wrap">
    <a class="brand" href="/">\(Brand.mark)\(Brand.name)</a>
    <nav class="nav" aria-label="\(text: "Main")">
    \(link("/pricing", "Pricing", in: frame))
    </nav>
    \(languages(in: frame))
    </div></header>
    """
  }

  private static func link(_ path: String, _ words: Text, in frame: Frame) -> HTML {
    """
    <a href="\(url: path)"\(attribute: "aria-current", frame.path == path ? "page" : nil)>\
    \(text: words)</a>
    """
  }

  /// Each language by its own name, as its readers look for it.
  private static func languages(in frame: Frame) -> HTML {
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
