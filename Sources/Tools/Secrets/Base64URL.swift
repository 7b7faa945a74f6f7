import CSodium

/// Base64 in the alphabet that stands in addresses, without padding. Source: RFC 4648, section 5.
enum Base64URL {
  static func encode(_ bytes: [UInt8]) -> String {
    // One more for the NUL that ends it.
    var text = [CChar](repeating: 0, count: (bytes.count * 4 + 2) / 3 + 1)
    sodium_bin2base64(&text, text.count, bytes, bytes.count, variant)
    return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Nil for any other character, padding, or bits beyond the last byte that are not zero: one
  /// spelling for each value.
  static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    let text = text.map { CChar(bitPattern: $0) }
    var bytes = [UInt8](repeating: 0, count: text.count * 3 / 4 + 1)
    var count = 0
    let failed = sodium_base642bin(
      &bytes, bytes.count, text, text.count, nil, &count, nil, variant)
    guard failed == 0 else { return nil }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  private static let variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING
}
