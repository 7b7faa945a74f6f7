import HTML
import Testing
import Web

@Suite struct `The frame of a page` {
  private func frame(theme: Theme = .system, address: String = "/pricing?sales=1") -> Frame {
    Frame(
      languages: [.current], theme: theme, origin: "https://martlet.example", address: address,
      asset: { "/assets/\($0)" })
  }

  private func html(_ frame: Frame, description: Text? = "What it is") -> String {
    Page(title: "Orders", description: description, styles: ["site.css"], main: "<p>1</p>")
      .html(in: frame).text
  }

  @Test func `says language, direction, title and where the page is`() {
    let page = html(frame())
    #expect(page.hasPrefix("<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n"))
    #expect(page.contains("<title>Orders · Martlet</title>"))
    #expect(page.contains(#"<link rel="canonical" href="https://martlet.example/pricing">"#))
    #expect(page.contains(#"<meta name="description" content="What it is">"#))
    #expect(!page.contains("noindex"))
  }

  @Test func `keeps a page without description out of search engines`() {
    let page = html(frame(), description: nil)
    #expect(page.contains(#"<meta name="robots" content="noindex">"#))
    #expect(!page.contains("canonical"))
  }

  @Test func `has the styles in order, and no script`() {
    let styles = html(frame()).matches(of: /<link rel="stylesheet" href="([^"]*)">/)
    #expect(
      styles.map(\.output.1) == ["/assets/tokens.css", "/assets/base.css", "/assets/site.css"])
    #expect(!html(frame()).contains("<script"))
  }

  @Test(arguments: [
    (Theme.light, " data-theme=\"light\""), (.dark, " data-theme=\"dark\""), (.system, ""),
  ])
  func `follows the system unless the reader chose`(theme: Theme, attribute: String) {
    let page = html(frame(theme: theme))
    #expect(page.contains("<html lang=\"en\" dir=\"ltr\"\(attribute)>"))
    #expect(
      page.contains(#"<button name="theme" value="\#(theme.rawValue)" aria-pressed="true">"#))
    #expect(page.matches(of: /aria-pressed="true"/).count == 1)
  }

  @Test func `marks the page that the reader is on`() {
    #expect(html(frame()).contains(#"<a href="/pricing" aria-current="page">"#))
    #expect(!html(frame(address: "/")).contains("aria-current"))
  }

  @Test func `brings the reader back to where they switched`() {
    let page = html(frame(address: #"/pricing?a="><b>"#))
    let hidden = #"<input type="hidden" name="return_to" value="/pricing?a=&quot;&gt;&lt;b&gt;">"#
    #expect(page.ranges(of: hidden).count == 2)
  }
}

@Suite struct `The page of an error` {
  private let frame = Frame(
    languages: [.current], theme: .system, origin: "https://martlet.example", address: "/x",
    asset: { "/assets/\($0)" })

  @Test(arguments: 400...599)
  func `says what happened, what to do, and a number, for every status`(status: Int) throws {
    let page = ErrorPage.page(status: status, requestID: "r-1", in: frame).text
    let heading = try #require(page.firstMatch(of: /<h1>([^<]+)<\/h1>/))
    #expect(heading.output.1.hasSuffix("."))
    #expect(page.contains(#/<p class="lede">[^<]+\.</p>/#))
    #expect(page.contains(#"<span class="code" dir="ltr">r-1</span>"#))
    #expect(page.contains(#"<a class="button" href="/">"#))
  }

  @Test func `says what the feature says, where it says something`() {
    let message = UserMessage("Only 3 are left.", next: "Take fewer.")
    let page = ErrorPage.page(status: 422, message: message, requestID: "r-1", in: frame).text
    #expect(page.contains("<h1>Only 3 are left.</h1>\n<p class=\"lede\">Take fewer.</p>"))
  }

  @Test func `does not believe the number that it shows`() {
    let page = ErrorPage.page(status: 500, requestID: "<script>", in: frame).text
    #expect(!page.contains("<script>"))
  }
}

@Suite struct `The frame of the workbench` {
  private func html() -> String {
    Workbench(
      title: "Orders",
      places: [.init("/orders", "Orders", Icon.box), .init("/people", "People", Icon.people)],
      current: "/people", main: "<p>1</p>"
    ).html(
      in: Frame(
        languages: [.current], theme: .system, origin: "https://martlet.example",
        address: "/people/7", asset: { "/assets/\($0)" })
    ).text
  }

  @Test func `marks the one place that the page belongs to`() {
    #expect(html().contains(#"<a href="/people" aria-current="page">"#))
    #expect(html().matches(of: /aria-current/).count == 1)
  }

  @Test func `is for no search engine, and has no script`() {
    #expect(html().contains(#"<meta name="robots" content="noindex">"#))
    #expect(!html().contains("<script"))
  }

  @Test func `has no account menu where nobody is signed in`() {
    #expect(!html().contains("popover"))
  }
}
