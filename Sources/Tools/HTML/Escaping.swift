extension [UInt8] {
  /// Appends text so that it stays text, in an element as well as in a double-quoted attribute.
  mutating func appendEscaped(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      for index in bytes.indices {
        guard let entity = entity(for: bytes[index]) else { continue }
        append(contentsOf: bytes[written..<index])
        append(contentsOf: entity.utf8)
        written = index + 1
      }
      append(contentsOf: bytes[written...])
    }
  }

  private func entity(for byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "'"): "&#39;"
    default: nil
    }
  }
}

extension String {
  /// Whether this may stand in `href`, `src` or `action`.
  var isLinkWeAllow: Bool {
    if isAddressOfOurs { return true }
    return isPlainAddress
      && (hasPrefix("#") || hasPrefix("?") || hasPrefix("https://") || hasPrefix("mailto:"))
  }

  /// Whether this is a path on our own host, so that following it leads nowhere else.
  package var isAddressOfOurs: Bool {
    isPlainAddress && hasPrefix("/") && !hasPrefix("//")
  }

  /// Browsers drop tabs and line ends inside an address and read `\` as `/`, so `/\t/host` would
  /// leave the site. None of them belongs in an address.
  private var isPlainAddress: Bool {
    utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
  }
}
