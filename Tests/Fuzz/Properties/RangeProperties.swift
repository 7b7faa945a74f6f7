@testable import HTTPServer

/// The `Range` field: what is given lies within the body, and is what was asked for.
///
/// The first eight bytes of an input are the body's size.
enum RangeProperties {
  static func check(_ input: [UInt8]) throws {
    var field = input
    let count = Int(field.takeInteger(UInt64.self) >> 1)
    switch ByteRange(field[...], of: count) {
    case .whole: break
    case .unsatisfiable:
      try require(asksForBytes(field), "only a range of bytes is refused")
    case .part(let part):
      try require(asksForBytes(field), "only a range of bytes is given")
      try require(!part.isEmpty, "a part holds something")
      try require((0..<count).contains(part.lowerBound), "a part begins within the body")
      try require(part.upperBound <= count, "a part ends within the body")
      let again = Array("bytes=\(part.lowerBound)-\(part.upperBound - 1)".utf8)
      try require(ByteRange(again[...], of: count) == .part(part), "\(part) is itself again")
    }
    try checkEnds(of: count)
  }

  private static func asksForBytes(_ field: [UInt8]) -> Bool {
    let specification = field.dropFirst(6)
    return field.prefix(6).equalsIgnoringCase("bytes=") && !specification.contains(ASCII.comma)
      && specification.contains(where: \.isDigit)
  }

  private static func checkEnds(of count: Int) throws {
    let all = ByteRange(Array("bytes=0-".utf8)[...], of: count)
    try require(
      all == (count == 0 ? .unsatisfiable : .part(0..<count)), "all of \(count) is asked for")
    let beyond = ByteRange(Array("bytes=\(count)-".utf8)[...], of: count)
    try require(beyond == .unsatisfiable, "nothing begins at the end")
  }
}
