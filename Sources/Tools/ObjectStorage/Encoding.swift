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

/// The value of `Content-Disposition` that saves a file under a name that a user chose.
/// Sources: RFC 6266, RFC 8187.
func attachment(named fileName: String) -> String {
  "attachment; filename*=UTF-8''\(fileName.percentEncoded())"
}
