import COath
import CSodium
package import FoundationEssentials

/// The six digits that an authenticator shows, new every 30 seconds. Source: RFC 6238 with SHA-1, which
/// is what every authenticator speaks.
package enum TOTP {
  package static let stepSeconds = 30
  /// 160 bits, as RFC 4226 asks for.
  package static let secretByteCount = 20
  private static let digits = 6

  /// Kept sealed.
  package static func randomSecret() -> [UInt8] { Sodium.randomBytes(secretByteCount) }

  /// The step that the code belongs to, to be stored as the last one used; nil when the code is wrong,
  /// or no newer than the last one used, so that a code seen by others is of no use to them.
  /// - Parameter lastUsed: What this function gave when a code was last right; nil at first.
  package static func step(
    of code: String, secret: [UInt8], at now: Date, lastUsed: Int?
  ) -> Int? {
    let given = Array(code.utf8)
    let current = Int((now.timeIntervalSince1970 / Double(stepSeconds)).rounded(.down))
    // One step to each side, for clocks that differ and people who type.
    let allowed = (current - 1...current + 1).filter { $0 >= 0 && $0 > lastUsed ?? -1 }
    // All are compared: the time should not tell which was near.
    let matching = allowed.filter { areEqual(given, Array(self.code(at: $0, secret: secret).utf8)) }
    return matching.last
  }

  /// What an authenticator reads from a QR code. Source: Google Authenticator, Key URI Format.
  /// - Parameters:
  ///   - issuer: Whose sign-in it is.
  ///   - account: The name under which its owner finds it.
  package static func uri(secret: [UInt8], issuer: String, account: String) -> String {
    let issuer = issuer.percentEncoded
    return "otpauth://totp/\(issuer):\(account.percentEncoded)?secret=\(base32(secret))"
      + "&issuer=\(issuer)&algorithm=SHA1&digits=\(digits)&period=\(stepSeconds)"
  }

  /// For who types it into their authenticator. Source: RFC 4648, section 6.
  package static func base32(_ secret: [UInt8]) -> String {
    var text: UnsafeMutablePointer<CChar>?
    var count = 0
    let failed = secret.withUnsafeBytes { bytes in
      oath_base32_encode(
        bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, &text, &count)
    }
    guard failed == 0, let text else { preconditionFailure("liboath: out of memory") }
    defer { free(text) }
    return String(cString: text)
  }

  static func code(at step: Int, secret: [UInt8], digits: Int = digits) -> String {
    precondition(isReady)
    // One more for the NUL that ends it.
    var code = [CChar](repeating: 0, count: digits + 1)
    let failed = secret.withUnsafeBytes { bytes in
      oath_hotp_generate(
        bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count, UInt64(step),
        UInt32(digits), false, Int.max, &code)
    }
    precondition(failed == 0, "liboath: \(failed)")
    return String(decoding: code.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static let isReady = oath_init() == 0
}

extension String {
  /// All but RFC 3986's unreserved characters.
  fileprivate var percentEncoded: String {
    utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
