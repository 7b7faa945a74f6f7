/// Validators of RFC 9110 section 8.8.3.
enum EntityTag {
  /// 128 bits of the content, by two lanes of multiply and fold. Not meant to withstand somebody
  /// who forges their own page to collide with their own page.
  static func strong(of bytes: UnsafeRawBufferPointer) -> String {
    var first: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    var second: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    var at = 0
    while at + 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      first = fold(first ^ word, 0xA076_1D64_78BD_642F)
      second = fold(second &+ word, 0xE703_7ED1_A0B4_28DB)
      at += 8
    }
    var tail: UInt64 = 0
    for index in at..<bytes.count { tail = tail << 8 | UInt64(bytes[index]) }
    first = fold(first ^ tail, 0x8EBC_6AF0_9C88_C6E3)
    second = fold(second &+ tail, 0x5899_65CC_7537_4CC3)
    return "\"\(hex(first ^ second &* 3))\(hex(second))\""
  }

  /// Whether a list of tags names this one, weakly compared as `If-None-Match` asks.
  static func list(_ field: ArraySlice<UInt8>, names tag: String) -> Bool {
    if field.trimmed.elementsEqual([ASCII.asterisk]) { return true }
    return field.split(separator: ASCII.comma).contains {
      opaque($0.trimmed).elementsEqual(opaque(Array(tag.utf8)[...]))
    }
  }

  /// The tag of another representation of the same content, such as its gzip copy.
  static func suffixed(_ tag: String, _ suffix: String) -> String {
    tag.hasSuffix("\"") ? "\(tag.dropLast())-\(suffix)\"" : tag
  }

  private static func opaque(_ tag: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    tag.starts(with: "W/".utf8) ? tag.dropFirst(2) : tag
  }

  private static func fold(_ word: UInt64, _ factor: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: factor)
    return product.high ^ product.low
  }

  private static func hex(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
