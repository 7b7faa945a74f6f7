import Fields

@testable import HTTPServer

/// URL-encoded forms and query strings: few pairs, unique names, nothing grown, nothing lost.
enum FormProperties {
  static func check(_ body: [UInt8]) throws {
    let query = InputValue.form(FormParser.pairsOfCheckedQuery(body[...]))
    let form: InputValue
    do {
      form = try FormParser.parse(body)
    } catch {
      return try require(error == .malformedBody, "a form is refused as \(error.code)")
    }
    try require(query == form, "a query string is read as a form is")
    let pairs = try pairs(of: form)
    try require(pairs.count <= FormParser.maximumPairs, "\(pairs.count) pairs are within the limit")
    let texts = pairs.flatMap { [$0.0, $0.1] }
    try require(
      texts.reduce(0) { $0 + $1.utf8.count } <= body.count, "decoding makes nothing longer")
    try require(!texts.contains { $0.utf8.contains(0) }, "no text holds a NUL")
    try require(
      try FormParser.parse(encoded(pairs)) == form, "a form that is sent again is the same")
  }

  private static func pairs(of form: InputValue) throws -> [(String, String)] {
    guard case .object(let members) = form else { throw Broken(description: "a form is an object") }
    // As bytes: to Swift two spellings of é are one text.
    try require(
      Set(members.map { Array($0.name.utf8) }).count == members.count, "each name is there once")
    return try members.flatMap { member in try texts(member.value).map { (member.name, $0) } }
  }

  private static func texts(_ value: InputValue) throws -> [String] {
    switch value {
    case .string(let text): return [text]
    case .array(let values): return try values.flatMap(texts)
    case .null, .bool, .number, .object, .file:
      throw Broken(description: "a form holds texts alone, not \(value)")
    }
  }

  private static func encoded(_ pairs: [(String, String)]) -> [UInt8] {
    Array(pairs.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&").utf8)
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
