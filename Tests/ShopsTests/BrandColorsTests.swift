import HTTPServer
import TestSupport
import Testing

@testable import Shops

@Suite struct `The colours of a brand` {
  private func random(_ seed: UInt64) -> BrandColors {
    var random = SeededGenerator(seed: seed)
    func color() -> ScreenColor {
      ScreenColor(
        red: .random(in: 0...255, using: &random), green: .random(in: 0...255, using: &random),
        blue: .random(in: 0...255, using: &random))
    }
    return BrandColors(primary: color(), accent: color())
  }

  @Test(arguments: UInt64(1)...200)
  func `can be read, whatever was chosen`(seed: UInt64) {
    let colors = random(seed)
    for surface in [colors.primary, colors.accent] {
      #expect(surface.text == .white || surface.text == .black)
      #expect(surface.text.contrast(with: surface.color) >= 4.5)
    }
    for page in [ScreenColor.white, BrandColors.lightPage] {
      #expect(colors.linkOnLight.contrast(with: page) >= 4.5)
    }
    for page in [ScreenColor.black, BrandColors.darkPage] {
      #expect(colors.linkOnDark.contrast(with: page) >= 4.5)
    }
  }

  @Test func `stay as they are where they can be read`() throws {
    let green = try #require(ScreenColor("#0f6b5c"))
    let colors = BrandColors(primary: green, accent: green)
    #expect(colors.primary.color == green && colors.linkOnLight == green)
    #expect(colors.linkOnDark != green)
  }

  @Test func `have the contrast that WCAG's examples have`() throws {
    #expect(ScreenColor.white.contrast(with: .black) == 21)
    let grey = try #require(ScreenColor("#767676"))
    #expect((4.54...4.55).contains(grey.contrast(with: .white)))
  }

  @Test(arguments: [
    "", "#", "#12345", "#1234567", "#12345g", "123456", "#+12345", "red", "#１２３４５６",
  ])
  func `are six hexadecimal digits and nothing else`(text: String) {
    #expect(ScreenColor(text) == nil)
  }

  @Test func `are read in either case and written in one`() {
    #expect(ScreenColor("#0F6b5C")?.text == "#0f6b5c")
  }
}

@Suite struct `An origin that may use a shop's API` {
  @Test(arguments: [
    ("https://example.com", "https://example.com"), ("HTTPS://Example.COM", "https://example.com"),
    ("https://example.com:443", "https://example.com"),
    ("http://localhost:5173", "http://localhost:5173"),
  ])
  func `is written as browsers send it`(given: String, origin: String) {
    #expect(CrossOrigin.origin(given) == origin)
  }

  @Test(arguments: [
    "", "*", "null", "example.com", "https://", "https://*.example.com", "https://example.com/",
    "https://example.com/a", "https://a@example.com", "https://example.com:",
    "https://example.com:0",
    "https://example.com:99999", "https://example.com:+80", "ftp://example.com", "https://-a.com",
    "https://a..com", "javascript://example.com", "https://exämple.com",
  ])
  func `is a scheme and a host, and nothing else`(given: String) {
    #expect(CrossOrigin.origin(given) == nil)
  }

  @Test func `is answered alone`() {
    let listed = ["https://a.example"]
    let allowed = CrossOrigin.fields(for: "https://a.example", among: listed)
    #expect(allowed["access-control-allow-origin"] == "https://a.example")
    for origin in ["https://b.example", "null", nil] {
      let refused = CrossOrigin.fields(for: origin, among: listed)
      #expect(refused["access-control-allow-origin"] == nil)
      #expect(refused["vary"] == "Origin")
    }
  }
}
