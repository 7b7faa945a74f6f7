internal import HTML

/// What every page is: a head, and a body whose first link skips what is the same on all pages.
struct Document {
  let title: Text
  /// For search engines and previews; none for a page that is not to be found.
  let description: Text?
  /// Files of `Assets/` beside those that every page has.
  let styles: [String]
  /// A class of the body, for style sheets.
  let kind: String?
  /// False on a host that is not the platform's.
  var isOurs = true
  let body: HTML

  func html(in frame: Frame) -> HTML {
    let language = Language.current
    return """
      <!doctype html>
      <html lang="\(language.code)" dir="\(language.direction.rawValue)"\
      \(attribute: "data-theme", frame.theme == .system ? nil : frame.theme.rawValue)>
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(text: title)\(isOurs ? " · \(Brand.name)" as HTML : nil)</title>
      \(about(in: frame))
      \(isOurs ? icon(in: frame) : nil)
      \((["tokens.css", "base.css"] + styles).map { stylesheet($0, in: frame) })\
      </head>
      <body\(attribute: "class", kind)>
      <a class="skip" href="#main">\(text: "Skip to the content")</a>
      \(body)
      </body>
      </html>
      """
  }

  private func icon(in frame: Frame) -> HTML {
    #"<link rel="icon" type="image/svg+xml" href="\#(url: frame.asset("martlet.svg"))">"#
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
