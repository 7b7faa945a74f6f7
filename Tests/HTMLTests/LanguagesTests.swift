import Testing

@testable import HTML

@Suite struct `Choosing a language` {
  private let languages = TestLanguages.make(persian: "")

  @Test(arguments: [
    (nil, nil, "en"),
    (nil, "fa", "fa"),
    (nil, "fa-IR,fa;q=0.9,en-US;q=0.8", "fa"),
    (nil, "de-DE, fa;q=0.4, en;q=0.3", "fa"),
    (nil, "en;q=0.3, FA;q=0.4", "fa"),
    (nil, "fa;q=0, en", "en"),
    (nil, "*, fa;q=0.5", "en"),
    (nil, "fr, de", "en"),
    (nil, ";;,,q=1;fa", "en"),
    ("fa", "en", "fa"),
    ("en", "fa", "en"),
    ("xx", "fa", "fa"),
    ("../fa", nil, "en"),
  ])
  func `takes what was chosen, then what the browser prefers, then English`(
    choice: String?, accepted: String?, expected: String
  ) {
    #expect(languages.negotiated(choice: choice, accepted: accepted).code == expected)
  }

  @Test func `reads only the beginning of an endless header`() {
    let endless = String(repeating: "de,", count: 10_000) + "fa"
    #expect(languages.negotiated(choice: nil, accepted: endless).code == "en")
  }
}

@Suite struct `Reading the languages` {
  private func reason(_ files: [String: String]) -> String? {
    do {
      _ = try TestLanguages.load(files)
      return nil
    } catch {
      return error.reason
    }
  }

  private func german(_ texts: String, direction: String = "ltr") -> [String: String] {
    [
      "en.json": TestLanguages.english,
      "de.json": """
      {"name": "Deutsch", "direction": "\(direction)", "numbers": "latn", "calendar": "gregory",
       "texts": {\(texts)}}
      """,
    ]
  }

  @Test func `takes one more file as one more language`() throws {
    let languages = try TestLanguages.load(german(#""Orders": "Bestellungen""#))
    let text: Text = "Orders"
    #expect(text.resolved(in: try #require(languages.named("de"))) == "Bestellungen")
  }

  @Test func `says what is wrong with a file`() {
    #expect(reason(["fa.json": "{}"])?.contains("en.json is missing") == true)
    #expect(reason(["en.json": "{"]) == "it is not JSON")
    #expect(reason(["en.json": "{}"]) == "\"name\" is missing")
    #expect(reason(german("", direction: "up"))?.contains("neither") == true)
    #expect(
      reason(german(#""{1} shops": {"one": "ein Laden"}"#))
        == "\"{1} shops\" has no form for \"other\"")
    #expect(
      reason(german(#""Only {1}": "Nur {2}""#))
        == "\"Nur {2}\" has a place that \"Only {1}\" has not"
    )
    #expect(reason(german(#""Orders": 3"#))?.contains("Orders") == true)
  }

  @Test func `says which file it means, and what a folder lacks`() {
    let broken = #expect(throws: Languages.Broken.self) { try Languages(folder: "/nowhere") }
    #expect(broken?.description == "/nowhere: the folder of languages cannot be read")
  }
}
