/// What a `Range` field asks of a body of known size, RFC 9110 section 14.
enum ByteRange: Equatable {
  /// No range, several, or another unit: the whole.
  case whole
  case part(Range<Int>)
  case unsatisfiable

  init(_ field: ArraySlice<UInt8>, of count: Int) {
    guard field.prefix(6).equalsIgnoringCase("bytes=") else {
      self = .whole
      return
    }
    let specification = field.dropFirst(6).trimmed
    guard !specification.contains(ASCII.comma),
      let hyphen = specification.firstIndex(of: ASCII.hyphen)
    else {
      self = .whole
      return
    }
    let first = specification[..<hyphen].trimmed
    let last = specification[(hyphen + 1)...].trimmed
    guard (first + last).allSatisfy(\.isDigit), !(first.isEmpty && last.isEmpty) else {
      self = .whole
      return
    }
    self = ByteRange.resolve(first: first, last: last, count: count)
  }

  /// A number beyond `Int` is beyond every file as well.
  private static func resolve(
    first: ArraySlice<UInt8>, last: ArraySlice<UInt8>, count: Int
  ) -> ByteRange {
    if first.isEmpty {
      let suffix = min(decimal(last) ?? .max, count)
      return suffix == 0 ? .unsatisfiable : .part(count - suffix..<count)
    }
    let start = decimal(first) ?? .max
    guard start < count else { return .unsatisfiable }
    let end = last.isEmpty ? count - 1 : min(decimal(last) ?? .max, count - 1)
    return end < start ? .whole : .part(start..<end + 1)
  }
}
