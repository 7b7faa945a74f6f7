import Testing

@Suite struct `Looking for unsound markup` {
  @Test(arguments: [
    ("<!doctype html><p id=\"a\">1</p><a href=\"#a\">2</a><br>", [String]()),
    ("<!doctype html><p><b>1</p></b>", ["</p> closes <b>", "<p> stays open"]),
    ("<!doctype html><p id=\"a\"><i id=\"a\"></i></p>", ["id a twice"]),
    ("<!doctype html><label for=\"x\">1</label>", ["#x is not there"]),
    ("<!doctype html><p class=\"a\" class=\"b\">1</p>", ["class twice in <p>"]),
    ("<!doctype html><p title=\"a\"b\">1</p>", ["</p> closes <nothing>", "1 tags cannot be read"]),
  ])
  func `finds it`(html: String, mistakes: [String]) {
    #expect(Markup(html).mistakes == mistakes)
  }
}
