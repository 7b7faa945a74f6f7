package import HTML

/// A public page of the platform.
package struct Page: Sendable {
  package let title: Text
  /// For search engines and previews; none for a page that is not to be found.
  package let description: Text?
  /// Files of `Assets/` beside those that every page has.
  package let styles: [String]
  package let main: HTML

  package init(title: Text, description: Text? = nil, styles: [String] = [], main: HTML) {
    self.title = title
    self.description = description
    self.styles = styles
    self.main = main
  }

  package func html(in frame: Frame) -> HTML {
    let language = Language.current
    return """
      <!doctype html>
      <html lang="\(language.code)" dir="\(language.direction.rawValue)"\
      \(attribute: "data-theme", frame.theme == .system ? nil : frame.theme.rawValue)>
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(text: title) · \(Brand.name)</title>
      \(about(in: frame))
      <link rel="icon" type="image/svg+xml" href="\(url: frame.asset("martlet.svg"))">
      \((["tokens.css", "base.css"] + styles).map { stylesheet($0, in: frame) })\
      </head>
      <body>
      <a class="skip" href="#main">\(text: "Skip to the content")</a>
      \(Header.html(in: frame))
      <main id="main" tabindex="-1">
      \(frame.flash.map { #"<div class="wrap flash">\#(Notice.html($0, .good))</div>"# as HTML })\(main)
      </main>
      \(Footer.html(in: frame))
      </body>
      </html>
      """
  }

  private func about(in frame: Frame) -> HTML {
    guard let description else { return #"<meta name="robots" content="noindex">"# }
    let canonical = "\(frame.origin)\(frame.path)"
    return """
      <meta name="description" content="\(text: description)">
      <meta property="og:type" content="website">
      <meta property="og:title" content="\(text: title)">
      <meta property="og:description" content="\(text: description)">
      <meta property="og:url" content="\(canonical)">
      <link rel="canonical" href="\(canonical)">
      """
  }

  private func stylesheet(_ file: String, in frame: Frame) -> HTML {
    """
    <link rel="stylesheet" href="\(url: frame.asset(file))">

    """
  }
}
