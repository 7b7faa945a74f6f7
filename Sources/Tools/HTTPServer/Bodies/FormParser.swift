import Fields

/// `application/x-www-form-urlencoded` bodies and query strings.
enum FormParser {
  static let maximumPairs = 1000

  static func parse(_ body: [UInt8]) throws(HTTPError) -> InputValue {
    var pairs: [InputValue.Member] = []
    for part in body.split(separator: ASCII.ampersand) {
      guard pairs.count < maximumPairs, let pair = pair(part) else { throw .malformedBody }
      pairs.append(pair)
    }
    return .form(pairs)
  }

  /// - Parameter query: Checked when its request came in, so nothing in it is refused here; what is
  ///   beyond the largest number of pairs is left out.
  static func pairsOfCheckedQuery(_ query: ArraySlice<UInt8>) -> [InputValue.Member] {
    query.split(separator: ASCII.ampersand, maxSplits: maximumPairs).prefix(maximumPairs)
      .compactMap(pair)
  }

  private static func pair(_ part: ArraySlice<UInt8>) -> InputValue.Member? {
    let equals = part.firstIndex(of: ASCII.equals) ?? part.endIndex
    let value = part[equals...].dropFirst()
    guard let name = try? PercentDecoding.text(part[..<equals]),
      let text = try? PercentDecoding.text(value)
    else { return nil }
    return InputValue.Member(name, .string(text))
  }
}
