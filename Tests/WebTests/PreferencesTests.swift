import Fields
import Testing
import Web

@Suite struct `Choosing language and theme` {
  private func form(_ pairs: [(String, String)]) throws -> Preferences.Form {
    try Preferences.Form.fields.parse(
      .form(pairs.map { InputValue.Member($0.0, .string($0.1)) }))
  }

  @Test func `reads one choice at a time`() throws {
    let language = try form([("language", "fa"), ("return_to", "/pricing?sales=5")])
    #expect(language.language == "fa")
    #expect(language.theme == nil)
    #expect(language.returnTo == "/pricing?sales=5")
    #expect(try form([("theme", "dark")]).theme == .dark)
  }

  @Test func `refuses a theme that is none`() {
    #expect(throws: InvalidInput([FieldError(field: "theme", reason: .notAChoice)])) {
      try form([("theme", "pink")])
    }
  }

  @Test(arguments: [
    "", "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)",
    "pricing",
  ])
  func `sends nobody to another site`(address: String) throws {
    #expect(try form([("theme", "dark"), ("return_to", address)]).returnTo == "/")
  }
}
