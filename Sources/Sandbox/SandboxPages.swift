import HTML
import HTTPServer

/// What the pages of all stand-ins share: the looks of the platform's pages, and a frame of their own.
struct SandboxPages: Sendable {
  let languages: Languages
  let smtpPort: UInt16
  let asset: @Sendable (String) -> String

  func page(_ title: Text, main: HTML) -> Response {
    let language = Language.current
    let page: HTML = """
      <!doctype html>
      <html lang="\(language.code)" dir="\(language.direction.rawValue)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="robots" content="noindex">
      <title>\(text: title) · \(text: "Sandbox")</title>
      <link rel="icon" type="image/svg+xml" href="\(url: asset("martlet.svg"))">
      \(["tokens.css", "base.css", "sandbox.css"].map(stylesheet))\
      </head>
      <body>
      <a class="skip" href="#main">\(text: "Skip to the content")</a>
      <header class="top"><div class="wrap">
      <a class="brand" href="/"><img class="mark" src="\(url: asset("martlet.svg"))" alt="">\
      \(text: "Sandbox")</a>
      <nav class="nav" aria-label="\(text: "Main")"><a href="/mail">\(text: "Mailbox")</a></nav>
      </div></header>
      <main id="main" tabindex="-1"><div class="wrap sandbox">
      \(main)
      </div></main>
      </body>
      </html>
      """
    var response = Response.bytes(ResponseBytes(page.utf8), type: "text/html; charset=utf-8")
    response.headers.append("Cache-Control", "no-store")
    return response
  }

  private func stylesheet(_ file: String) -> HTML {
    """
    <link rel="stylesheet" href="\(url: asset(file))">

    """
  }

  /// For every answer that does not say otherwise.
  static let headers: HeaderList = [
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; "
      + "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  ]
}
