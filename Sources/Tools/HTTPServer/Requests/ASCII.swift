/// The bytes that HTTP gives a meaning to.
enum ASCII {
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let quote = UInt8(ascii: "\"")
  static let ampersand = UInt8(ascii: "&")
  static let asterisk = UInt8(ascii: "*")
  static let plus = UInt8(ascii: "+")
  static let comma = UInt8(ascii: ",")
  static let hyphen = UInt8(ascii: "-")
  static let dot = UInt8(ascii: ".")
  static let slash = UInt8(ascii: "/")
  static let colon = UInt8(ascii: ":")
  static let semicolon = UInt8(ascii: ";")
  static let equals = UInt8(ascii: "=")
  static let question = UInt8(ascii: "?")
  static let hash = UInt8(ascii: "#")
  static let percent = UInt8(ascii: "%")
  static let backslash = UInt8(ascii: "\\")
  static let delete: UInt8 = 0x7F
  static let hexDigits = Array("0123456789abcdef".utf8)
}

extension UInt8 {
  var isDigit: Bool { self &- 0x30 < 10 }
  var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
  var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
  var isControl: Bool { self < 0x20 || self == ASCII.delete }

  /// The value of a hexadecimal digit.
  var hexValue: UInt8? {
    if isDigit { return self &- 0x30 }
    let letter = (self | 0x20) &- 0x61
    return letter < 6 ? letter + 10 : nil
  }

  /// A character of a token, RFC 9110 section 5.6.2: header names and methods are made of these.
  var isToken: Bool {
    if isDigit || isLetter { return true }
    switch self {
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: return true
    default: return false
    }
  }
}

extension Sequence<UInt8> {
  func equalsIgnoringCase(_ other: StaticString) -> Bool {
    lazy.map(\.lowercased).elementsEqual(
      UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount)
        .lazy.map(\.lowercased))
  }
}

extension BidirectionalCollection<UInt8> {
  /// Without the blanks and tabs around it, which HTTP allows around almost every value.
  var trimmed: SubSequence {
    let isBlank: (UInt8) -> Bool = { $0 == ASCII.space || $0 == ASCII.tab }
    guard let first = firstIndex(where: { !isBlank($0) }) else { return self[endIndex..<endIndex] }
    var end = endIndex
    while end > first, isBlank(self[index(before: end)]) { end = index(before: end) }
    return self[first..<end]
  }
}
