import Documents
import FoundationEssentials
import HTML
import HTTPServer
import Web

/// A page of a shop's own site: its brand leads, and the platform stays behind it.
struct StorefrontPage {
  let shop: ShopRow
  /// Nil on the front page, whose title is the shop's name alone.
  let title: Text?
  /// Whether search engines may list it.
  var mayBeFound = false
  let showsPoweredBy: Bool
  let main: HTML

  /// - Parameters:
  ///   - host: What stands before addresses of the shop's own files: nothing on its own host.
  ///   - styles: Where the brand's style sheet is, if not with the shop's own files.
  func html(in frame: Frame, host: String = "", styles: String? = nil) -> HTML {
    let language = Language.current
    return """
      <!doctype html>
      <html lang="\(language.code)" dir="\(language.direction.rawValue)"\
      \(attribute: "data-theme", frame.theme == .system ? nil : frame.theme.rawValue)>
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="theme-color" content="\(BrandColors(of: shop).primary.color.text)">
      <title>\(title.map { "\(text: $0) · " as HTML })\(shop.name)</title>
      \(about)
      \(icons(host))
      \(["tokens.css", "base.css", "storefront.css"].map { stylesheet(frame.asset($0)) })\
      \(stylesheet(styles ?? BrandStyles.path(of: shop)))\
      </head>
      <body class="storefront">
      <a class="skip" href="#main">\(text: "Skip to the content")</a>
      \(header(in: frame, host))
      <main id="main" tabindex="-1">
      \(shop.isTest && shop.isOpen ? testMode : nil)\(main)
      </main>
      \(footer(in: frame))
      </body>
      </html>
      """
  }

  private var about: HTML {
    guard mayBeFound else { return #"<meta name="robots" content="noindex">"# }
    return #"<meta name="description" content="\#(shop.tagline)">"#
  }

  private func icons(_ host: String) -> HTML {
    guard let hash = shop.favicon else {
      return
        #"<link rel="icon" type="image/svg+xml" href="\#(host + BrandStyles.iconPath(of: shop))">"#
    }
    let paths = BrandFile.favicons(hash).map { host + $0.path }
    return """
      <link rel="icon" type="image/png" sizes="32x32" href="\(paths[0])">
      <link rel="apple-touch-icon" href="\(paths[1])">
      """
  }

  private func stylesheet(_ address: String) -> HTML {
    """
    <link rel="stylesheet" href="\(url: address)">

    """
  }

  private func header(in frame: Frame, _ host: String) -> HTML {
    """
    <header class="shop-top"><div class="wrap">
    <a class="shop-brand" href="/">\(mark(host))</a>
    \(Switches.languages(in: frame))
    </div></header>
    """
  }

  /// The logo, whose words are the name; without one the name itself, set as a wordmark.
  private func mark(_ host: String) -> HTML {
    guard let logo = shop.logo else {
      return """
        <span class="initial" aria-hidden="true">\(shop.initial)</span><bdi class="wordmark">\(shop.name)</bdi>
        """
    }
    return """
      <img src="\(host + BrandFile.logo(logo.hash, .webP).path)" alt="\(shop.name)" \
      width="\(logo.width)" height="\(logo.height)">
      """
  }

  private var testMode: HTML {
    """
    <p class="test-mode">\(text: "This shop is being tried out: nothing here is really paid or sent.")</p>
    """
  }

  private func footer(in frame: Frame) -> HTML {
    """
    <footer class="shop-bottom"><div class="wrap">
    <p><bdi>\(shop.name)</bdi></p>
    <p><a href="\(url: ReportShop.path)">\(text: "Report this shop")</a></p>
    \(Switches.themes(in: frame))
    \(showsPoweredBy ? poweredBy(frame) : nil)
    </div></footer>
    """
  }

  private func poweredBy(_ frame: Frame) -> HTML {
    """
    <p class="powered-by"><a href="\(frame.origin)" rel="nofollow">\
    \(text: "Powered by \("Martlet")")</a></p>
    """
  }
}

extension ShopRow {
  /// The sign that stands for the shop where there is no picture.
  var initial: String {
    name.first { $0.isLetter || $0.isNumber }.map { String($0).uppercased() } ?? "•"
  }
}

extension BrandColors {
  /// The columns hold colours only; whatever else they held would be grey.
  init(of shop: ShopRow) {
    let grey = ScreenColor(red: 0x66, green: 0x66, blue: 0x66)
    self.init(
      primary: ScreenColor(shop.primaryColor) ?? grey,
      accent: ScreenColor(shop.accentColor) ?? grey)
  }
}
