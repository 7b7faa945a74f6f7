extension StringProtocol {
  /// Every byte but `A–Z a–z 0–9 - _ . ~` as `%XX`, as RFC 3986 and S3's signatures want it.
  func percentEncoded(keeping kept: String = "") -> String {
    let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~" + kept
    var text = ""
    for byte in utf8 {
      if unreserved.utf8.contains(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
    return text
  }
}

extension [UInt8] {
  var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// - Returns: Nil unless the text is pairs of lower-case digits.
  init?(hexadecimal text: String) {
    let digits = text.utf8.compactMap { byte -> UInt8? in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
      default: nil
      }
    }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

/// The value of `Content-Disposition` that saves a file under a name that a user chose.
/// Sources: RFC 6266, RFC 8187.
func attachment(named fileName: String) -> String {
  "attachment; filename*=UTF-8''\(fileName.percentEncoded())"
}
