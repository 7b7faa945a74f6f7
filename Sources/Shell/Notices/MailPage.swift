import HTML

/// A notice as the HTML of a mail: one column of blocks, styled element by element, since what mail
/// programs drop first are style sheets. Those that keep one get dark colours where the reader's system
/// is dark.
struct MailPage {
  let notice: Notice
  let letterhead: Letterhead

  /// In `Language.current`.
  func html() -> HTML {
    let language = Language.current
    let direction = language.direction.rawValue
    let styles = MailStyles(language, letterhead.colors)
    return """
      <!doctype html>
      <html lang="\(language.code)" dir="\(direction)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="supported-color-schemes" content="light dark">
      <title>\(text: notice.subject)</title>
      <style>\(styles.dark)</style>
      </head>
      <body class="mail-page" style="\(styles.page)">
      <div class="mail-sheet" lang="\(language.code)" dir="\(direction)" style="\(styles.sheet)">
      <p style="\(styles.brand)"><a class="mail-accent" href="\(letterhead.address)" \
      style="\(styles.brandLink)">\(letterhead.brand)</a></p>
      <h1 style="\(styles.heading)">\(text: notice.heading)</h1>
      \(notice.paragraphs.map { #"<p style="\#(styles.paragraph)">\#(text: $0)</p>"# as HTML })
      \(notice.button.map { action($0, styles) })
      \(notice.footnote.map { #"<p class="mail-muted" style="\#(styles.footnote)">\#(text: $0)</p>"# as HTML })
      </div>
      </body>
      </html>

      """
  }

  /// The address once more in letters, for programs that show no links.
  private func action(_ button: Notice.Button, _ styles: MailStyles) -> HTML {
    """
    <p style="\(styles.action)"><a class="mail-button" href="\(button.address)" \
    style="\(styles.button)">\(text: button.label)</a></p>
    <p class="mail-muted" style="\(styles.hint)">\
    \(text: "If the button does not work, open this address in your browser:")<br>\
    <a class="mail-accent" href="\(button.address)" dir="ltr" style="\(styles.link)">\
    \(button.address)</a></p>
    """
  }
}

/// The tokens of `Assets/tokens.css` as the six digits that every mail program knows.
private struct MailStyles {
  let page: HTML
  let sheet: HTML
  let heading: HTML
  let brand: HTML = "margin:0 0 24px;font-size:16px;font-weight:700"
  let brandLink: HTML
  let paragraph: HTML = "margin:0 0 16px"
  let action: HTML = "margin:24px 0"
  let button: HTML
  let hint: HTML = "margin:0 0 16px;color:#5a6272;font-size:13px"
  let link: HTML
  let footnote: HTML = """
    margin:24px 0 0;padding-top:16px;border-top:1px solid #dfe2e8;color:#5a6272;font-size:13px
    """

  let dark: HTML

  init(_ language: Language, _ colors: Letterhead.Colors) {
    brandLink = "color:\(colors.link);text-decoration:none"
    link = "color:\(colors.link);word-break:break-all"
    button = """
      display:inline-block;padding:11px 20px;border-radius:6px;background:\(colors.button.background);\
      color:\(colors.button.text);font-weight:600;text-decoration:none
      """
    dark = Self.dark(colors)
    // Joined letters: a taller line, and a face that has them.
    let isRightToLeft = language.direction == .rightToLeft
    let faces: HTML =
      isRightToLeft
      ? "Vazirmatn,'Segoe UI','Noto Sans Arabic',Tahoma,sans-serif"
      : "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
    page = """
      margin:0;padding:24px 12px;background:#f8f9fb;color:#1a2233;\
      font-family:\(faces);font-size:16px;line-height:\(isRightToLeft ? "1.8" : "1.5")
      """
    sheet = """
      max-width:520px;margin:0 auto;padding:28px;border:1px solid #dfe2e8;border-radius:10px;\
      background:#ffffff;color:#1a2233;text-align:\(isRightToLeft ? "right" : "left");\
      overflow-wrap:break-word
      """
    heading = "margin:0 0 16px;font-size:22px;line-height:\(isRightToLeft ? "1.6" : "1.3")"
  }

  private static func dark(_ colors: Letterhead.Colors) -> HTML {
    """
    @media (prefers-color-scheme: dark) {
    .mail-page { background: #10141d !important; color: #eceef2 !important; }
    .mail-sheet { background: #181d28 !important; border-color: #323947 !important;
    color: #eceef2 !important; }
    .mail-accent { color: \(colors.linkOnDark) !important; }
    .mail-button { background: \(colors.buttonOnDark.background) !important;
    color: \(colors.buttonOnDark.text) !important; }
    .mail-muted { color: #a6adba !important; border-color: #323947 !important; }
    }
    """
  }
}
