import Documents
import HTML
import Testing

@Suite struct `A QR code` {
  @Test func `is drawn as rectangles of dark modules within a light border of four`() throws {
    let svg = try QRCode("hello", level: .low).svg(label: "Pay \("1 < 2")").text
    // The smallest code has 21 modules a side, and begins with the edge of a finder pattern.
    #expect(
      svg.hasPrefix(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" role="img" \
        aria-label="Pay 1 &lt; 2" shape-rendering="crispEdges">\
        <path fill="#fff" d="M0 0h29v29H0z"/><path fill="#000" d="M4 4h7v1h-7z
        """))
    #expect(svg.hasSuffix("z\"/></svg>"))
  }

  @Test(arguments: [(1, 29), (8, 232), (0, 29), (1_000, 1_856)])
  func `is a PNG of as many pixels a module as asked, within bounds`(
    moduleSize: Int, side: Int
  ) async throws {
    let png = try QRCode("hello").png(moduleSize: moduleSize)
    let renditions = try await ImageConverter().renditions(of: png, widths: [10_000])
    #expect(renditions.map(\.width) == [side])
    #expect(renditions.map(\.height) == [side])
  }

  @Test func `holds more where it may be less damaged`() throws {
    let sides = try QRCode.Level.allCases.map {
      try QRCode(String(repeating: "é", count: 200), level: $0).side
    }
    #expect(sides == sides.sorted() && Set(sides).count == 4)
  }

  @Test(arguments: [
    (QRCode.Level.low, 2_953), (.medium, 2_331), (.quartile, 1_663), (.high, 1_273),
  ])
  func `holds so many bytes and no more`(level: QRCode.Level, most: Int) throws {
    let longest = String(repeating: "a", count: most)
    #expect(try QRCode(longest, level: level).side == 177)
    #expect(throws: QRCode.Refused.tooLong) { try QRCode(longest + "a", level: level) }
  }

  @Test func `is not made of a text without end`() throws {
    let text = String(repeating: "7", count: 7_089)
    #expect(try QRCode(text, level: .low).side == 177)
    #expect(throws: QRCode.Refused.tooLong) { try QRCode(text + "7", level: .low) }
    // Takes minutes where the library is let do it.
    let longest = String(repeating: "7", count: 50_000_000)
    #expect(throws: QRCode.Refused.tooLong) { try QRCode(longest) }
  }

  @Test func `is not made of nothing, nor of what would be cut short`() {
    #expect(throws: QRCode.Refused.empty) { try QRCode("") }
    #expect(throws: QRCode.Refused.holdsNUL) { try QRCode("bitcoin:\u{0}bc1q") }
  }
}
