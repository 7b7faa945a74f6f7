import CCurl

/// A URL as libcurl reads it: whoever judges a URL must not read it otherwise than what connects.
package struct TransferURL: Sendable, Equatable {
  package let scheme: String
  /// Lower case; IPv4 addresses in whatever spelling come as four decimal numbers, IPv6 addresses
  /// in brackets.
  package let host: String
  package let port: Int
  package let path: String
  package let hasUserInfo: Bool
  package let hasFragment: Bool

  /// - Returns: Nil when libcurl would refuse it.
  package init?(_ text: String) {
    guard !text.utf8.contains(0), let url = curl_url() else { return nil }
    defer { curl_url_cleanup(url) }
    let flags = UInt32(CURLU_PATH_AS_IS)
    guard curl_url_set(url, CURLUPART_URL, text, flags) == CURLUE_OK,
      let scheme = Self.part(CURLUPART_SCHEME, of: url),
      let host = Self.part(CURLUPART_HOST, of: url), !host.isEmpty,
      let port = Self.part(CURLUPART_PORT, of: url).flatMap({ Int($0) })
    else { return nil }
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port
    path = Self.part(CURLUPART_PATH, of: url) ?? "/"
    hasUserInfo =
      Self.part(CURLUPART_USER, of: url) != nil || Self.part(CURLUPART_PASSWORD, of: url) != nil
    hasFragment = Self.part(CURLUPART_FRAGMENT, of: url) != nil
  }

  private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK else {
      return nil
    }
    defer { curl_free(text) }
    return text.map { String(cString: $0) }
  }
}
