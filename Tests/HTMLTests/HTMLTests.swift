import HTML
import Testing

@Suite struct `Writing HTML` {
  @Test func `escapes what is put into it`() {
    let name = #"<b>"Ali" & 'co'</b>"#
    let page: HTML = #"<p title="\#(name)">\#(name)</p>"#
    let escaped = "&lt;b&gt;&quot;Ali&quot; &amp; &#39;co&#39;&lt;/b&gt;"
    #expect(page.text == "<p title=\"\(escaped)\">\(escaped)</p>")
  }

  @Test func `keeps letters of every script as they are`() {
    let name = "فروشگاه سهره — 店 🐦"
    let page: HTML = "\(name)"
    #expect(page.text == name)
  }

  @Test func `takes HTML as it is, alone, in a list, or not at all`() {
    let item: HTML = "<li>1 &amp; 2</li>"
    let nothing: HTML? = nil
    let page: HTML = "<ul>\(item)\([item, item])\(nothing)</ul>"
    #expect(
      page.text == "<ul><li>1 &amp; 2</li><li>1 &amp; 2</li><li>1 &amp; 2</li></ul>")
  }

  @Test func `writes numbers and attributes for machines`() {
    let page: HTML = """
      <input maxlength="\(1_000)"\(attribute: "value", "a\"b")\(attribute: "min", nil)\
      \(attribute: "checked", if: true)\(attribute: "disabled", if: false)>
      """
    #expect(page.text == #"<input maxlength="1000" value="a&quot;b" checked>"#)
  }

  @Test(arguments: [
    "/dashboard/x?a=1&b=2", "/", "#top", "?page=2", "https://example.com/", "mailto:a@example.com",
  ])
  func `links where we may`(url: String) {
    let link: HTML = "\(url: url)"
    #expect(link.text == url.replacing("&", with: "&amp;"))
  }

  @Test(arguments: [
    "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "//evil.example", "/\\evil.example", "/\t/evil.example", "\\\\evil.example", "http://a.example",
    "data:text/html,x", "vbscript:x", "", "relative/path", "/a b",
  ])
  func `does not link anywhere else`(url: String) {
    let link: HTML = "\(url: url)"
    #expect(link.text == "#")
  }

  @Test(arguments: UInt64(1)...50)
  func `lets no text out of the place it was put, whatever is in it`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    let alphabet = Array("<>&\"'/=`\\ab \n\u{0}\u{2028}é漢")
    let text = String((0..<40).map { _ in alphabet.randomElement(using: &random)! })
    let escaped: HTML = "\(text)"
    #expect(!escaped.text.contains { "<>\"'".contains($0) })
    let back = escaped.text.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    #expect(back == text)
  }
}

/// SplitMix64: the same numbers for the same seed, on every machine.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
