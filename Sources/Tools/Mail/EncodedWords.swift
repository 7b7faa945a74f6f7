/// Texts of header fields in ASCII, as words that folding keeps whole.
enum EncodedWords {
  /// With `=?UTF-8?B?` and `?=` around their base64 and the longest of our field names before them
  /// they make at most 76 characters, RFC 2047 section 2.
  private static let maximumBytes = 39

  /// An unstructured text, such as a subject. Source: RFC 2047.
  static func unstructured(_ text: String) -> [String] {
    // What looks like an encoded word is encoded, or readers would decode what nobody encoded. So
    // are blanks that folding or trimming would eat.
    let isPlain =
      text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !text.contains("=?")
      && !text.hasPrefix(" ") && !text.hasSuffix(" ") && !text.contains("  ")
      && text.split(separator: " ").allSatisfy { $0.utf8.count <= 60 }
    return isPlain ? text.split(separator: " ").map(String.init) : words(of: text)
  }

  /// A name before an address: bare words, a quoted string or encoded words.
  static func phrase(_ text: String) -> [String] {
    let isASCII = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    guard isASCII, !text.contains("=?"), text.utf8.count <= 60 else { return words(of: text) }
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return ["\"\(escaped)\""]
  }

  /// Each word holds whole characters only, since some readers decode each for itself.
  private static func words(of text: String) -> [String] {
    var pieces: [[UInt8]] = [[]]
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if pieces[pieces.count - 1].count + bytes.count > maximumBytes { pieces.append([]) }
      pieces[pieces.count - 1] += bytes
    }
    return pieces.map { "=?UTF-8?B?\(Base64.encode($0))?=" }
  }

  /// A parameter such as a file's name, in numbered parts where it is long. Source: RFC 2231.
  static func parameter(_ name: String, _ value: String) -> [String] {
    let isPlain = value.utf8.allSatisfy { isAttributeByte($0) }
    if isPlain, value.utf8.count <= 60, !value.isEmpty { return ["\(name)=\(value)"] }
    let encoded = percentEncodedScalars(value)
    var parts = [""]
    for unit in encoded {
      if parts[parts.count - 1].utf8.count + unit.utf8.count > 55 { parts.append("") }
      parts[parts.count - 1] += unit
    }
    guard parts.count > 1 else { return ["\(name)*=UTF-8''\(parts[0])"] }
    return parts.enumerated().map { "\(name)*\($0)*=\($0 == 0 ? "UTF-8''" : "")\($1)" }
  }

  private static func percentEncodedScalars(_ text: String) -> [String] {
    text.unicodeScalars.map { scalar in
      String(scalar).utf8.map { byte in
        isAttributeByte(byte)
          ? String(UnicodeScalar(byte))
          : (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }.joined()
    }
  }

  private static func isAttributeByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
