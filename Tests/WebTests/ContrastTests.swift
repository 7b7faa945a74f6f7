import Foundation
import Testing

/// WCAG 2.2, 1.4.3 and 1.4.11, over the tokens as they are written.
@Suite struct `The colours of Assets` {
  enum Scheme: String, CaseIterable { case light, dark }

  private static let tokens = ColourTokens(
    css: try! String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Assets/tokens.css"), encoding: .utf8))

  static let backgrounds = ["bg", "surface", "raised", "accent-soft"]
  static let inks = ["text", "muted", "accent", "accent-strong", "good", "warn", "bad", "info"]

  @Test(arguments: inks, backgrounds)
  func `are readable as text on every background, in light and dark`(
    ink: String, background: String
  ) throws {
    for scheme in Scheme.allCases {
      #expect(try contrast(ink, background, scheme) >= 4.5, "\(scheme)")
    }
  }

  @Test(arguments: ["accent", "accent-strong"])
  func `are readable on a filled button`(fill: String) throws {
    for scheme in Scheme.allCases {
      #expect(try contrast("accent-text", fill, scheme) >= 4.5, "\(scheme)")
    }
  }

  @Test func `are readable on the example's own dark button`() throws {
    for scheme in Scheme.allCases { #expect(try contrast("surface", "text", scheme) >= 4.5) }
  }

  @Test(arguments: ["control", "accent", "bad"], backgrounds)
  func `show where a control is and what has the focus`(edge: String, background: String) throws {
    for scheme in Scheme.allCases {
      #expect(try contrast(edge, background, scheme) >= 3, "\(scheme)")
    }
  }

  @Test func `can be shown by every screen`() {
    for (name, colours) in Self.tokens.colours {
      for (scheme, colour) in zip(Scheme.allCases, [colours.light, colours.dark]) {
        #expect(colour.isInsideSRGB, "--\(name), \(scheme)")
      }
    }
  }

  @Test func `are computed as others compute them`() throws {
    let white = try #require(OKLCH("1 0 0"))
    let black = try #require(OKLCH("0 0 0"))
    #expect(abs(white.contrast(with: black) - 21) < 0.001)
    // sRGB's red, by the author of OKLCH; 3.998:1 on white, as every checker has it.
    let red = try #require(OKLCH("0.62796 0.25768 29.234"))
    #expect(abs(red.contrast(with: white) - 3.998) < 0.005)
    #expect(try #require(OKLCH("0.7 0.3 150")).isInsideSRGB == false)
  }

  private func contrast(_ one: String, _ other: String, _ scheme: Scheme) throws -> Double {
    let one = try #require(Self.tokens.colours[one])
    let other = try #require(Self.tokens.colours[other])
    switch scheme {
    case .light: return one.light.contrast(with: other.light)
    case .dark: return one.dark.contrast(with: other.dark)
    }
  }
}

/// The custom properties of a stylesheet that are one colour in light and one in dark.
struct ColourTokens {
  private(set) var colours: [String: (light: OKLCH, dark: OKLCH)] = [:]

  init(css: String) {
    let token = /--([a-z-]+): light-dark\(oklch\(([^)]+)\), oklch\(([^)]+)\)\);/
    for match in css.matches(of: token) {
      guard let light = OKLCH(match.output.2), let dark = OKLCH(match.output.3) else { continue }
      colours[String(match.output.1)] = (light, dark)
    }
  }
}

/// A colour as CSS Color 4 has it, with the way to sRGB of Björn Ottosson, who made the space.
struct OKLCH {
  let lightness: Double
  let chroma: Double
  let hueDegrees: Double

  /// - Parameter text: `0.48 0.15 260`, without alpha.
  init?(_ text: some StringProtocol) {
    let numbers = text.split(separator: " ").compactMap { Double($0) }
    guard numbers.count == 3 else { return nil }
    (lightness, chroma, hueDegrees) = (numbers[0], numbers[1], numbers[2])
  }

  private var linearSRGB: [Double] {
    let a = chroma * cos(hueDegrees * .pi / 180)
    let b = chroma * sin(hueDegrees * .pi / 180)
    let l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
    let m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
    let s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
    return [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
      -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ]
  }

  /// Within rounding.
  var isInsideSRGB: Bool { linearSRGB.allSatisfy { (-0.001...1.001).contains($0) } }

  /// WCAG's relative luminance.
  private var luminance: Double {
    zip(linearSRGB, [0.2126, 0.7152, 0.0722]).map { min(max($0, 0), 1) * $1 }.reduce(0, +)
  }

  func contrast(with other: OKLCH) -> Double {
    let (brighter, darker) = (max(luminance, other.luminance), min(luminance, other.luminance))
    return (brighter + 0.05) / (darker + 0.05)
  }
}
