import Fields
import FoundationEssentials

@testable import HTTPServer

/// JSON and what `Fields` makes of it: a value or every error, within the limits, and no text that
/// another reader would refuse.
enum JSONProperties {
  static func check(_ body: [UInt8]) throws {
    let value: InputValue
    do {
      value = try JSONParser.parse(body)
    } catch {
      return try require(error == .malformedBody, "a body is refused as \(error.code)")
    }
    try checkLimits(value)
    try require(
      (try? JSONDecoder().decode(Anything.self, from: Data(body))) != nil,
      "what is JSON to us is JSON to others")
    try require(
      try JSONParser.parse(written(value)) == value, "a body that is sent again is the same")
    try checkFields(value)
  }

  /// Looks at nothing, so that only the decoder itself can refuse.
  private struct Anything: Decodable {
    init(from decoder: any Decoder) {}
  }

  private static func checkLimits(_ value: InputValue) throws {
    var count = 0
    var level = [value]
    var depth = 0
    while !level.isEmpty {
      count += level.count
      try require(depth <= JSONParser.maximumDepth, "a depth of \(depth) is within the limit")
      level = level.flatMap(parts)
      depth += 1
    }
    try require(count <= JSONParser.maximumValues, "\(count) values are within the limit")
  }

  private static func parts(of value: InputValue) -> [InputValue] {
    switch value {
    case .array(let values): values
    case .object(let members): members.map(\.value)
    case .null, .bool, .number, .string, .file: []
    }
  }

  private static func written(_ value: InputValue) -> [UInt8] {
    switch value {
    case .null: Array("null".utf8)
    case .bool(let isTrue): Array((isTrue ? "true" : "false").utf8)
    case .number(let digits): Array(digits.utf8)
    case .string(let text): written(text)
    case .array(let values):
      [UInt8(ascii: "[")] + values.map(written).joined(separator: [ASCII.comma])
        + [UInt8(ascii: "]")]
    case .object(let members):
      [UInt8(ascii: "{")]
        + members.map { written($0.name) + [ASCII.colon] + written($0.value) }
        .joined(separator: [ASCII.comma]) + [UInt8(ascii: "}")]
    case .file: Array("a file is not JSON".utf8)
    }
  }

  private static func written(_ text: String) -> [UInt8] {
    var bytes = [ASCII.quote]
    for byte in text.utf8 {
      if byte < 0x20 {
        bytes += Array("\\u00".utf8) + [ASCII.hexDigits[Int(byte >> 4)]]
        bytes.append(ASCII.hexDigits[Int(byte & 0xF)])
      } else {
        if byte == ASCII.quote || byte == ASCII.backslash { bytes.append(ASCII.backslash) }
        bytes.append(byte)
      }
    }
    return bytes + [ASCII.quote]
  }
}

// MARK: Fields

extension JSONProperties {
  private struct Order: Sendable, Equatable {
    let name: String
    let note: String?
    let email: String?
    let size: String?
    let isGift: Bool
    let lines: [Line]

    static let fields = Fields(
      Field("name", .text(max: 8)), Field("note", .optional(.multiline(max: 8))),
      Field("email", .optional(.email)), Field("size", .optional(.choice(["s", "m"]))),
      Field("gift", .bool), Field("lines", .list(of: .object(Line.fields), max: 3)),
      as: Order.init)
  }

  private struct Line: Sendable, Equatable {
    let quantity: Int

    static let fields = Fields(Field("quantity", .integer(1...9)), as: Line.init)
  }

  private static func checkFields(_ value: InputValue) throws {
    do {
      let order = try Order.fields.parse(value)
      try require(isWithinLimits(order), "\(order) is within its limits")
      try require(try Order.fields.parse(value) == order, "an input is read alike each time")
    } catch let refusal as InvalidInput {
      // One a field, and one for each line's only field.
      try require((1...8).contains(refusal.errors.count), "\(refusal.errors.count) errors are few")
      let known = /|name|note|email|size|gift|lines(\.[0-2](\.quantity)?)?/
      for error in refusal.errors {
        try require(error.field.wholeMatch(of: known) != nil, "\(error.field) is a declared field")
      }
    }
  }

  private static func isWithinLimits(_ order: Order) -> Bool {
    (1...8).contains(order.name.unicodeScalars.count)
      && !order.name.unicodeScalars.contains { $0.properties.generalCategory == .control }
      && (1...8).contains(order.note?.unicodeScalars.count ?? 1)
      && order.email?.contains("@") ?? true && ["s", "m", nil].contains(order.size)
      && order.lines.count <= 3 && order.lines.allSatisfy { (1...9).contains($0.quantity) }
  }
}
