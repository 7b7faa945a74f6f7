/// A cookie to be kept by the client. Not readable by scripts and sent over TLS only, unless said
/// otherwise.
package struct SetCookie: Sendable, Hashable {
  package enum SameSite: String, Sendable {
    case strict = "Strict"
    case lax = "Lax"
    case none = "None"
  }

  package let name: String
  package let value: String
  package var path = "/"
  package var domain: String?
  /// Nil ends with the browser's session; zero or less removes the cookie.
  package var maximumAge: Duration?
  package var isHTTPOnly = true
  package var isSecure = true
  package var sameSite = SameSite.lax
  /// Kept apart for each site that embeds us.
  package var isPartitioned = false

  /// - Parameters:
  ///   - name: A token of RFC 9110.
  ///   - value: Printable ASCII without blanks, quotes, commas, semicolons and backslashes.
  /// - Returns: Nil for anything else, which would end the cookie early.
  package init?(_ name: String, _ value: String) {
    guard !name.isEmpty, name.utf8.allSatisfy(\.isToken),
      value.utf8.allSatisfy(SetCookie.mayStandInValue)
    else { return nil }
    self.name = name
    self.value = value
  }

  package static func removal(of name: String) -> SetCookie? {
    var cookie = SetCookie(name, "")
    cookie?.maximumAge = .zero
    return cookie
  }

  package var headerValue: String {
    var text = "\(name)=\(value); Path=\(path)"
    if let domain { text += "; Domain=\(domain)" }
    if let maximumAge { text += "; Max-Age=\(max(0, maximumAge.components.seconds))" }
    if isHTTPOnly { text += "; HttpOnly" }
    if isSecure { text += "; Secure" }
    text += "; SameSite=\(sameSite.rawValue)"
    if isPartitioned { text += "; Partitioned" }
    return text
  }

  private static func mayStandInValue(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
    default: false
    }
  }
}
