import Glibc

/// A colour of a screen, as `#rrggbb` writes it.
struct ScreenColor: Sendable, Equatable {
  let red: UInt8
  let green: UInt8
  let blue: UInt8

  static let black = ScreenColor(red: 0, green: 0, blue: 0)
  static let white = ScreenColor(red: 255, green: 255, blue: 255)

  init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// Nil for anything but `#` and six hexadecimal digits.
  init?(_ text: String) {
    guard text.utf8.count == 7, text.hasPrefix("#"),
      text.utf8.dropFirst().allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
      let bits = UInt32(text.dropFirst(), radix: 16)
    else { return nil }
    self.init(
      red: UInt8(bits >> 16), green: UInt8(bits >> 8 & 0xFF), blue: UInt8(bits & 0xFF))
  }

  var text: String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// 0 for black to 1 for white. Source: WCAG 2.2, relative luminance.
  var luminance: Double {
    0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue)
  }

  /// A table, since a page asks for hundreds: powers of every value that a part can have.
  private static func linear(_ part: UInt8) -> Double { linearParts[Int(part)] }
  private static let linearParts: [Double] = (0...255).map { part in
    let share = Double(part) / 255
    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
  }

  /// 1 to 21. Source: WCAG 2.2, contrast ratio.
  func contrast(with other: ScreenColor) -> Double {
    let (lighter, darker) = (max(luminance, other.luminance), min(luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)
  }

  /// - Parameter share: 0 for itself, 1 for the other.
  func mixed(with other: ScreenColor, share: Double) -> ScreenColor {
    func part(_ mine: UInt8, _ theirs: UInt8) -> UInt8 {
      UInt8((Double(mine) + (Double(theirs) - Double(mine)) * share).rounded())
    }
    return ScreenColor(
      red: part(red, other.red), green: part(green, other.green), blue: part(blue, other.blue))
  }
}

/// What a shop's colours become on a page, so that whatever was chosen can be read.
struct BrandColors: Sendable, Equatable {
  /// WCAG 2.2, success criterion 1.4.3.
  static let leastContrast = 4.5

  /// Behind words, such as on a button, with the words' own colour.
  let primary: Surface
  let accent: Surface
  /// Of words and links on the page.
  let linkOnLight: ScreenColor
  let linkOnDark: ScreenColor

  struct Surface: Sendable, Equatable {
    let color: ScreenColor
    let text: ScreenColor

    /// Text is white or black; where neither can be read, the shade is moved until one can.
    init(_ wanted: ScreenColor) {
      let text =
        wanted.contrast(with: .white) >= BrandColors.leastContrast
          || wanted.contrast(with: .white) >= wanted.contrast(with: .black)
        ? ScreenColor.white : .black
      color = wanted.moved(away: text, until: BrandColors.leastContrast)
      self.text = text
    }
  }

  /// The darkest surface of a light page and the lightest of a dark one; `ContrastTests` of the
  /// tokens has the same.
  static let lightPage = ScreenColor(red: 0xEE, green: 0xF1, blue: 0xF6)
  static let darkPage = ScreenColor(red: 0x28, green: 0x2E, blue: 0x39)

  init(primary: ScreenColor, accent: ScreenColor) {
    self.primary = Surface(primary)
    self.accent = Surface(accent)
    linkOnLight = primary.moved(away: Self.lightPage, until: Self.leastContrast)
    linkOnDark = primary.moved(away: Self.darkPage, until: Self.leastContrast)
  }
}

extension ScreenColor {
  /// The nearest shade of the colour that has the contrast: towards black beside what is light, towards
  /// white beside what is dark.
  fileprivate func moved(away other: ScreenColor, until contrast: Double) -> ScreenColor {
    let end: ScreenColor =
      other.contrast(with: .black) >= other.contrast(with: .white) ? .black : .white
    let steps = 64
    for step in 0...steps {
      let shade = mixed(with: end, share: Double(step) / Double(steps))
      if shade.contrast(with: other) >= contrast { return shade }
    }
    return end
  }
}

/// Typefaces that a reader's system has already: nothing is fetched, and nothing jumps.
enum FontFamily: String, Sendable, CaseIterable {
  case system, humanist, rounded, serif, monospace

  /// A value of CSS, ours to the last letter. Persian letters have a face in each.
  var stack: String {
    switch self {
    case .system:
      """
      system-ui, -apple-system, "Segoe UI", Roboto, Vazirmatn, "Noto Sans", "Noto Sans Arabic", sans-serif
      """
    case .humanist:
      """
      Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", Vazirmatn, "Noto Sans Arabic", sans-serif
      """
    case .rounded:
      """
      ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Comfortaa, Nunito, Vazirmatn, "Noto Sans Arabic", sans-serif
      """
    case .serif:
      """
      ui-serif, Charter, "Bitstream Charter", Cambria, "Noto Serif", "Noto Naskh Arabic", serif
      """
    case .monospace:
      """
      ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", Vazirmatn, "Noto Sans Arabic", monospace
      """
    }
  }
}
