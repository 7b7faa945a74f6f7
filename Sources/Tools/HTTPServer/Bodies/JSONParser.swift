import Fields

/// JSON as RFC 8259 has it and nothing beside it. Numbers keep their digits; a key given twice, a
/// lone surrogate and NUL are refused, since the next reader might take them for something else.
struct JSONParser {
  static let maximumDepth = 64
  /// Objects' members and arrays' elements together.
  static let maximumValues = 100_000
  static let maximumNumberLength = 128

  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0
  private var values = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  static func parse(_ body: [UInt8]) throws(HTTPError) -> InputValue {
    let value = body.withUnsafeBufferPointer { bytes -> InputValue? in
      var parser = JSONParser(bytes)
      parser.skipBlanks()
      guard let value = try? parser.value(depth: 0) else { return nil }
      parser.skipBlanks()
      return parser.at == bytes.count ? value : nil
    }
    guard let value else { throw .malformedBody }
    return value
  }

  private struct Malformed: Error {}

  // MARK: Values

  private mutating func value(depth: Int) throws(Malformed) -> InputValue {
    values += 1
    guard depth <= JSONParser.maximumDepth, values <= JSONParser.maximumValues else {
      throw Malformed()
    }
    switch peek {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case ASCII.quote: return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func object(_ depth: Int) throws(Malformed) -> InputValue {
    at += 1
    skipBlanks()
    var members: [InputValue.Member] = []
    var names: Set<String> = []
    if take(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      skipBlanks()
      guard peek == ASCII.quote else { throw Malformed() }
      let name = try string()
      guard names.insert(name).inserted else { throw Malformed() }
      skipBlanks()
      guard take(ASCII.colon) else { throw Malformed() }
      skipBlanks()
      members.append(InputValue.Member(name, try value(depth: depth + 1)))
      skipBlanks()
    } while take(ASCII.comma)
    guard take(UInt8(ascii: "}")) else { throw Malformed() }
    return .object(members)
  }

  private mutating func array(_ depth: Int) throws(Malformed) -> InputValue {
    at += 1
    skipBlanks()
    var elements: [InputValue] = []
    if take(UInt8(ascii: "]")) { return .array([]) }
    repeat {
      skipBlanks()
      elements.append(try value(depth: depth + 1))
      skipBlanks()
    } while take(ASCII.comma)
    guard take(UInt8(ascii: "]")) else { throw Malformed() }
    return .array(elements)
  }

  private mutating func literal(
    _ text: StaticString, _ value: InputValue
  ) throws(Malformed) -> InputValue {
    let end = at + text.utf8CodeUnitCount
    guard end <= bytes.count,
      bytes[at..<end].elementsEqual(
        UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    else { throw Malformed() }
    at = end
    return value
  }

  /// `-`? (`0` | digits not led by 0) (`.` digits)? (`e` sign? digits)?
  private mutating func number() throws(Malformed) -> String {
    let start = at
    _ = take(ASCII.hyphen)
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(ASCII.dot) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(ASCII.plus) { _ = take(ASCII.hyphen) }
      try digits()
    }
    guard at - start <= JSONParser.maximumNumberLength else { throw Malformed() }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func digits() throws(Malformed) {
    guard let first = peek, first.isDigit else { throw Malformed() }
    while let next = peek, next.isDigit { at += 1 }
  }

  // MARK: Strings

  private mutating func string() throws(Malformed) -> String {
    at += 1
    let start = at
    while let byte = peek, byte != ASCII.quote, byte != ASCII.backslash, byte >= 0x20 { at += 1 }
    if peek == ASCII.quote {
      at += 1
      return try text(bytes[start..<at - 1])
    }
    var decoded = Array(bytes[start..<at])
    while let byte = peek, byte >= 0x20 {
      at += 1
      if byte == ASCII.quote { return try text(decoded) }
      if byte == ASCII.backslash {
        try escape(into: &decoded)
      } else {
        decoded.append(byte)
      }
    }
    throw Malformed()
  }

  private func text(_ bytes: some Collection<UInt8>) throws(Malformed) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Malformed() }
    return text
  }

  private mutating func escape(into decoded: inout [UInt8]) throws(Malformed) {
    guard let byte = peek else { throw Malformed() }
    at += 1
    switch byte {
    case ASCII.quote, ASCII.backslash, ASCII.slash: decoded.append(byte)
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(ASCII.lineFeed)
    case UInt8(ascii: "r"): decoded.append(ASCII.carriageReturn)
    case UInt8(ascii: "t"): decoded.append(ASCII.tab)
    case UInt8(ascii: "u"): decoded.append(contentsOf: String(try codePoint()).utf8)
    default: throw Malformed()
    }
  }

  /// After `\u`: four digits, or a surrogate pair.
  private mutating func codePoint() throws(Malformed) -> Character {
    var value = try fourHexDigits()
    if value & 0xFC00 == 0xD800 {
      guard take(ASCII.backslash), take(UInt8(ascii: "u")) else { throw Malformed() }
      let low = try fourHexDigits()
      guard low & 0xFC00 == 0xDC00 else { throw Malformed() }
      value = 0x1_0000 + (value & 0x3FF) << 10 + low & 0x3FF
    }
    guard value != 0, let scalar = Unicode.Scalar(value) else { throw Malformed() }
    return Character(scalar)
  }

  private mutating func fourHexDigits() throws(Malformed) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = peek?.hexValue else { throw Malformed() }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }

  // MARK: Bytes

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    at += 1
    return true
  }

  private mutating func skipBlanks() {
    while let byte = peek,
      byte == ASCII.space || byte == ASCII.lineFeed || byte == ASCII.carriageReturn
        || byte == ASCII.tab
    { at += 1 }
  }
}
