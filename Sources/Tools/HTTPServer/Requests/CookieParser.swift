/// The `Cookie` field: `name=value; name=value`.
enum CookieParser {
  static func value(of name: String, in field: ArraySlice<UInt8>) -> String? {
    for pair in field.split(separator: ASCII.semicolon) {
      guard let equals = pair.firstIndex(of: ASCII.equals) else { continue }
      guard pair[..<equals].trimmed.elementsEqual(name.utf8) else { continue }
      return String(validating: unquoted(pair[(equals + 1)...].trimmed), as: UTF8.self)
    }
    return nil
  }

  private static func unquoted(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard value.count >= 2, value.first == ASCII.quote, value.last == ASCII.quote else {
      return value
    }
    return value.dropFirst().dropLast()
  }
}
