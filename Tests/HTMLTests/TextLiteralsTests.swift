import Testing

@Suite struct `Finding the words of the source` {
  private func keys(_ source: String...) -> Set<String> {
    Set(TextLiterals.find(in: source).map(\.key))
  }

  @Test func `sees a literal after every label that is declared as Text, in any file`() {
    let declared = """
      func card(title: Text, _ body: HTML, note remark: Text? = nil) {}
      struct Page {
        struct Row { let name: String }
        let title: Text
        let path: String
      }
      """
    let used = #"""
      card(title: "Open a shop", "<p>", note: f(note: "no"), other: "no")
      card(title: name, note: "Free of charge")
      Page(title: "Orders", path: "no")
      let page: Page = .init(title: "Shops")
      metric(title: "no", note: "no")
      """#
    #expect(keys(declared, used) == ["Open a shop", "Free of charge", "Orders", "Shops"])
  }

  @Test func `sees what an unlabelled Text parameter is given`() {
    let source = #"""
      struct UserMessage { init(_ happened: Text, next: Text) {} }
      enum Row { case heading(Text), other(String) }
      let a = UserMessage("Card declined.", next: "Try another card.")
      let b = [Row.heading("Orders"), .other("no"), Text("Shops")]
      func section(_ id: String, _ title: Text, _ parts: [(String, Int)], _ note: Text) {}
      section("no", "Title", [("no", 1)], "Note")
      """#
    #expect(
      keys(source) == [
        "Card declined.", "Try another card.", "Orders", "Shops", "Title", "Note",
      ])
  }

  @Test func `spells holes as Text does, and looks into them`() {
    let source = #"""
      func appendInterpolation(text: Text) {}
      let page = "<p>\(text: "Only \(left) of \(count: n) \(names["key"]!) is left")</p>"
      """#
    let found = TextLiterals.find(in: [source])
    #expect(found == [.init(key: "Only {1} of {2} {3} is left", hasCount: true)])
  }

  @Test func `sees what properties and functions of type Text give back, not their patterns`() {
    let source = #"""
      var name: Text {
        switch code {
        case "domain", "host": "Your own domain"
        case .other: isOpen ? "Open" : "Closed"
        default: return "Something \(label(for: "else"))"
        }
      }
      static let title: Text = "A title"
      var offers: [Text] { ["First", limit.map { "Up to \(count: $0)" } ?? "All"] + [f("no")] }
      let after = isOpen ? "no" : "no"
      """#
    #expect(
      keys(source) == [
        "Your own domain", "Open", "Closed", "Something {1}", "A title", "First", "Up to {1}",
        "All",
      ])
  }

  @Test func `sees arrays and choices as arguments, and no subscripts`() {
    let source = #"""
      func list(items: [Text], text: Text) {}
      list(items: ["One", "Two"], text: isFirst ? "First" : fallback["key"] ?? "Last")
      """#
    #expect(keys(source) == ["One", "Two", "First", "Last"])
  }

  @Test func `understands escapes, comments, raw and multi-line literals`() {
    let source = ##"""
      func f(text: Text) {}
      // f(text: "a comment")
      /* f(text: "another /* nested */ one") */
      f(text: "Say \"yes\" \u{2192} now")
      f(text: #"A \ stays, \#(x) goes"#)
      f(text: """
        Two lines \
        in one,
          and "another"
        """)
      """##
    #expect(
      keys(source) == [
        "Say \"yes\" → now", "A \\ stays, {1} goes", "Two lines in one,\n  and \"another\"",
      ])
  }

  @Test func `leaves alone what has no letters`() {
    #expect(keys(#"f(text: "\(name)"); func f(text: Text) {}"#).isEmpty)
  }
}
