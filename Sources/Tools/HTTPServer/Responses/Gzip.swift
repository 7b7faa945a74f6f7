/// Which answers are compressed. Source: RFC 9110, section 12.5.3.
enum Gzip {
  /// Below this the gain is eaten by the fields it needs.
  static let minimumBytes = 860

  /// Whether `Accept-Encoding` prefers gzip to the plain bytes.
  static func isAccepted(_ field: ArraySlice<UInt8>) -> Bool {
    var gzip: Int?
    var any: Int?
    var identity: Int?
    for element in field.split(separator: ASCII.comma) {
      let (name, quality) = weighted(element)
      if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") { gzip = quality }
      if name.equalsIgnoringCase("identity") { identity = quality }
      if name.elementsEqual([ASCII.asterisk]) { any = quality }
    }
    let wanted = gzip ?? any ?? 0
    return wanted > 0 && wanted >= (identity ?? 0)
  }

  /// A list's element and its `q`, in thousandths.
  static func weighted(_ element: ArraySlice<UInt8>) -> (name: ArraySlice<UInt8>, quality: Int) {
    let parts = element.split(separator: ASCII.semicolon)
    guard let name = parts.first?.trimmed else { return (element, 0) }
    for parameter in parts.dropFirst() {
      let parameter = parameter.trimmed
      guard parameter.prefix(2).equalsIgnoringCase("q=") else { continue }
      return (name, thousandths(parameter.dropFirst(2)))
    }
    return (name, 1000)
  }

  /// `0.85` is 850. What is not a weight is 0: better plain than wrong.
  private static func thousandths(_ text: ArraySlice<UInt8>) -> Int {
    let parts = text.split(separator: ASCII.dot, maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = decimal(parts[0]), whole <= 1 else { return 0 }
    guard parts.count == 2, !parts[1].isEmpty else { return whole * 1000 }
    guard parts[1].count <= 3, let fraction = decimal(parts[1]) else { return 0 }
    let scale = [100, 10, 1][parts[1].count - 1]
    return min(whole * 1000 + fraction * scale, 1000)
  }
}
