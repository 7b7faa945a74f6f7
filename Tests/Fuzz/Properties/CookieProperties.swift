@testable import HTTPServer

/// Cookies: a value is a piece of what was sent, and no cookie hides or forges its neighbour.
enum CookieProperties {
  static func check(_ field: [UInt8]) throws {
    for name in ["session", "a", "__Host-session", ""] {
      guard let value = CookieParser.value(of: name, in: field[...]) else { continue }
      try require(contains(field, Array("\(value)".utf8)), "a value is a piece of the field")
      try require(!value.utf8.contains(ASCII.semicolon), "a value ends at a semicolon")
    }
    let ours = Array("ours=1".utf8)
    try require(value(in: ours + Array("; ".utf8) + field) == "1", "the first of a name counts")
    if !contains(field, Array("ours".utf8)) {
      try require(value(in: field + Array("; ".utf8) + ours) == "1", "no cookie hides the next")
      try require(value(in: field) == nil, "no cookie comes from nothing")
    }
  }

  private static func value(in field: [UInt8]) -> String? {
    CookieParser.value(of: "ours", in: field[...])
  }

  private static func contains(_ bytes: [UInt8], _ piece: [UInt8]) -> Bool {
    piece.isEmpty || bytes.indices.contains { bytes[$0...].starts(with: piece) }
  }
}
