internal import HTML

enum Footer {
  static func html(in frame: Frame) -> HTML {
    """
    <footer class="bottom"><div class="wrap">
    \(links)
    <p>\(text: "Martlet is free software under the Apache 2.0 licence.")</p>
    \(themes(in: frame))
    </div></footer>
    """
  }

  static var links: HTML {
    """
    <nav class="nav" aria-label="\(text: "Policies and status")">
    <a href="/terms">\(text: "Terms of use")</a>
    <a href="/privacy">\(text: "Privacy")</a>
    <a href="/acceptable-use">\(text: "Acceptable use")</a>
    <a href="/status">\(text: "Status")</a>
    <a href="/api/docs">\(text: "API reference")</a>
    </nav>
    """
  }

  static func themes(in frame: Frame) -> HTML {
    """
    <form method="post" action="\(url: Preferences.path)">
    <input type="hidden" name="return_to" value="\(frame.address)">
    <div class="segments" role="group" aria-label="\(text: "Colours")">
    \(Theme.allCases.map { button($0, isChosen: $0 == frame.theme) })
    </div>
    </form>
    """
  }

  private static func button(_ theme: Theme, isChosen: Bool) -> HTML {
    """
    <button name="theme" value="\(theme.rawValue)" aria-pressed="\(isChosen ? "true" : "false")">\
    \(text: theme.name)</button>
    """
  }
}
