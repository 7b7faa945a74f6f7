import FoundationEssentials

enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  /// In lines of 76 characters. Source: RFC 2045 section 6.8.
  static func lines(_ bytes: [UInt8]) -> [String] {
    stride(from: 0, to: bytes.count, by: 57).map {
      encode(Array(bytes[$0..<min($0 + 57, bytes.count)]))
    }
  }
}

/// Source: RFC 2045 section 6.7.
enum QuotedPrintable {
  /// Lines of at most 76 characters of ASCII; a long line of the text becomes several that end
  /// with `=`.
  static func lines(_ text: String) -> [String] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .flatMap { wrapped(units(Array($0.utf8))) }
  }

  private static func units(_ line: [UInt8]) -> [String] {
    line.enumerated().map { index, byte in
      let isBlankAtEnd = index == line.count - 1 && (byte == 0x20 || byte == 0x09)
      let isPlain = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "=") || byte == 0x09
      if isPlain, !isBlankAtEnd { return String(UnicodeScalar(byte)) }
      return (byte < 16 ? "=0" : "=") + String(byte, radix: 16, uppercase: true)
    }
  }

  private static func wrapped(_ units: [String]) -> [String] {
    var lines = [""]
    var length = 0
    for unit in units {
      if length + unit.utf8.count > 75 {
        lines[lines.count - 1] += "="
        lines.append("")
        length = 0
      }
      lines[lines.count - 1] += unit
      length += unit.utf8.count
    }
    return lines
  }
}
