package import HTML
internal import Scope

/// A page of the tool that people work with once they are signed in: its places at the side or, on a
/// phone, under the thumb; who is signed in above.
package struct Workbench: Sendable {
  package struct Place: Sendable {
    let path: String
    let name: Text
    let icon: HTML

    package init(_ path: String, _ name: Text, _ icon: HTML) {
      self.path = path
      self.name = name
      self.icon = icon
    }
  }

  package let title: Text
  /// Five at most: a phone shows them in one row.
  package let places: [Place]
  /// The path of the place that the page belongs to.
  package let current: String
  package let main: HTML

  package init(title: Text, places: [Place], current: String, main: HTML) {
    self.title = title
    self.places = places
    self.current = current
    self.main = main
  }

  package func html(in frame: Frame) -> HTML {
    Document(
      title: title, description: nil, styles: ["account.css", "workbench.css"], kind: "bench",
      body: """
        <header class="top"><div class="wrap">
        <a class="brand" href="\(url: Site.dashboardPath)">\(Brand.mark)\(Brand.name)</a>
        \(AccountMenu.html(in: frame))
        </div></header>
        <div class="frame">
        <nav class="places" aria-label="\(text: "Main")">
        \(places.map(link))
        </nav>
        <main id="main" tabindex="-1"><div class="desk">
        \(Flash.html(in: frame))\(main)
        </div></main>
        </div>
        """
    ).html(in: frame)
  }

  private func link(_ place: Place) -> HTML {
    """
    <a href="\(url: place.path)"\
    \(attribute: "aria-current", place.path == current ? "page" : nil)>\(place.icon)\
    <span>\(text: place.name)</span></a>
    """
  }
}

/// Who is signed in, how they read, and the way out. It opens and closes without a script.
private enum AccountMenu {
  static func html(in frame: Frame) -> HTML? {
    guard let viewer = frame.viewer else { return nil }
    let name = viewer.name.isEmpty ? viewer.email : viewer.name
    return """
      <button class="plain who" popovertarget="account-menu">\(Icon.person)<bdi>\(name)</bdi></button>
      <div class="menu" id="account-menu" popover>
      <p><strong><bdi>\(name)</bdi></strong><br><bdi class="muted">\(viewer.email)</bdi></p>
      \(viewer.isOperator ? console : nil)
      \(Footer.themes(in: frame))
      \(Header.languages(in: frame))
      \(Footer.links)
      <form method="post" action="\(url: Site.signOutPath)">\
      <button class="button">\(Icon.leave)\(text: "Sign out")</button></form>
      </div>
      """
  }

  private static var console: HTML {
    #"<p><a href="\#(url: Site.consolePath)">\#(text: "Console")</a></p>"#
  }
}
