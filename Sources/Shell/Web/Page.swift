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
    Document(
      title: title, description: description, styles: styles, kind: nil,
      body: """
        \(Header.html(in: frame))
        <main id="main" tabindex="-1">
        \(Flash.html(in: frame).map { #"<div class="wrap">\#($0)</div>"# as HTML })\(main)
        </main>
        \(Footer.html(in: frame))
        """
    ).html(in: frame)
  }
}
