/// What stands between method and version on the request line.
enum RequestTarget {
  struct Location {
    /// Only in `http://host/path`, the form meant for proxies.
    var authority: Range<Int>?
    var path: Range<Int>
    var query: Range<Int>
  }

  /// - Parameter target: As sent; the ranges returned are its own indices.
  static func parse(
    _ target: ArraySlice<UInt8>, method: HTTPMethod
  ) throws(HTTPError) -> Location {
    let end = target.endIndex
    guard let first = target.first else { throw .malformedTarget }
    guard target.allSatisfy({ $0 > ASCII.space && $0 != ASCII.delete && $0 != ASCII.hash }) else {
      throw .malformedTarget
    }
    if first == ASCII.asterisk, target.count == 1, method == .options {
      return Location(path: target.startIndex..<end, query: end..<end)
    }
    guard method != .connect else { throw .methodNotAllowed }
    let authority = first == ASCII.slash ? nil : try absoluteForm(target)
    let pathStart = authority?.upperBound ?? target.startIndex
    guard pathStart < end, target[pathStart] == ASCII.slash else { throw .malformedTarget }
    let question = target[pathStart...].firstIndex(of: ASCII.question) ?? end
    return Location(
      authority: authority, path: pathStart..<question, query: min(question + 1, end)..<end)
  }

  private static func absoluteForm(_ target: ArraySlice<UInt8>) throws(HTTPError) -> Range<Int> {
    for scheme in ["http://", "https://"] as [StaticString] {
      let count = scheme.utf8CodeUnitCount
      guard target.prefix(count).equalsIgnoringCase(scheme) else { continue }
      let start = target.startIndex + count
      let end = target[start...].firstIndex(of: ASCII.slash) ?? target.endIndex
      return start..<end
    }
    throw .malformedTarget
  }

  /// - Throws: For text that is not UTF-8, NUL and other control characters, and slashes that were
  ///   hidden by encoding, which would move the boundary between segments.
  static func decodePath(_ path: ArraySlice<UInt8>) throws(HTTPError) -> [UInt8] {
    guard let decoded = try? PercentDecoding.decode(path, plusIsSpace: false),
      decoded.allSatisfy({ !$0.isControl }),
      decoded.count(where: { $0 == ASCII.slash }) == path.count(where: { $0 == ASCII.slash }),
      String(validating: decoded, as: UTF8.self) != nil
    else { throw .malformedTarget }
    try checkSegments(decoded[...])
    return decoded
  }

  /// Refuses `.` and `..`, which clients resolve before they ask, and the backslash, which some
  /// systems take for a slash.
  static func checkSegments(_ path: ArraySlice<UInt8>) throws(HTTPError) {
    var segmentLength = 0
    var onlyDots = true
    for byte in path {
      if byte == ASCII.slash {
        guard !isDotSegment(segmentLength, onlyDots) else { throw .malformedTarget }
        segmentLength = 0
        onlyDots = true
        continue
      }
      guard byte != ASCII.backslash else { throw .malformedTarget }
      segmentLength += 1
      if byte != ASCII.dot { onlyDots = false }
    }
    guard !isDotSegment(segmentLength, onlyDots) else { throw .malformedTarget }
  }

  private static func isDotSegment(_ length: Int, _ onlyDots: Bool) -> Bool {
    onlyDots && (length == 1 || length == 2)
  }
}

/// A host name or address with an optional port, as in the `Host` field.
enum Authority {
  static func isSane(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard (1...255).contains(bytes.count) else { return false }
    let name = withoutPort(bytes)
    let port = bytes[name.endIndex...].dropFirst()
    guard port.allSatisfy(\.isDigit), port.count <= 5, !name.isEmpty else { return false }
    if name.first == UInt8(ascii: "[") {
      return name.last == UInt8(ascii: "]")
        && name.dropFirst().dropLast().allSatisfy {
          $0.hexValue != nil || $0 == ASCII.colon || $0 == ASCII.dot
        }
    }
    return name.allSatisfy {
      $0.isDigit || $0.isLetter || $0 == ASCII.hyphen || $0 == ASCII.dot || $0 == UInt8(ascii: "_")
    }
  }

  /// `example.com` of `example.com:8080`, `[::1]` of `[::1]:8080`.
  static func withoutPort(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let colon = bytes.lastIndex(of: ASCII.colon),
      !bytes[colon...].contains(UInt8(ascii: "]"))
    else { return bytes }
    return bytes[..<colon]
  }
}
