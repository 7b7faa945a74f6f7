/// Percent-encoding as paths, query strings and URL-encoded forms have it, read strictly.
enum PercentDecoding {
  /// Why text cannot be taken.
  enum Refused: Error { case malformed, forbiddenByte, notUTF8 }

  /// - Parameter plusIsSpace: In forms and query strings `+` stands for a blank.
  /// - Throws: For a `%` without two digits, and for NUL, which no text of ours may hold.
  static func decode(
    _ bytes: some Collection<UInt8>, plusIsSpace: Bool
  ) throws(Refused) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index != bytes.endIndex {
      var byte = bytes[index]
      bytes.formIndex(after: &index)
      if byte == ASCII.percent {
        byte = try hexPair(bytes, &index)
      } else if byte == ASCII.plus && plusIsSpace {
        byte = ASCII.space
      }
      if byte == 0 { throw .forbiddenByte }
      decoded.append(byte)
    }
    return decoded
  }

  /// The decoded text; bytes that are not UTF-8 are refused, never replaced.
  static func text(_ bytes: some Collection<UInt8>) throws(Refused) -> String {
    guard let text = String(validating: try decode(bytes, plusIsSpace: true), as: UTF8.self) else {
      throw .notUTF8
    }
    return text
  }

  private static func hexPair<Bytes: Collection<UInt8>>(
    _ bytes: Bytes, _ index: inout Bytes.Index
  ) throws(Refused) -> UInt8 {
    var value: UInt8 = 0
    for _ in 0..<2 {
      guard index != bytes.endIndex, let digit = bytes[index].hexValue else { throw .malformed }
      value = value << 4 | digit
      bytes.formIndex(after: &index)
    }
    return value
  }
}
