/// The marks that a language puts into numbers.
package struct NumberMarks: Sendable, Equatable {
  /// Between whole units and decimals.
  let decimal: Character
  /// Between groups of digits.
  let grouping: Character

  package init(decimal: Character, grouping: Character) {
    self.decimal = decimal
    self.grouping = grouping
  }

  package static let english = NumberMarks(decimal: ".", grouping: ",")
}

extension Money {
  /// From what a person typed: in the digits of any Persian, Arabic or Latin keyboard, with the marks
  /// of their language, with or without groups.
  ///
  /// Where only one reading makes sense it is taken, whatever the language: `12.50` in German, `12,5`
  /// and `1.250,50` in English, `12/50` in Persian. Where two do, the language decides: `1.250` in
  /// German is a thousand and more. `12 50` and `0,500` in English are refused rather than guessed.
  package init(
    typed text: String, currency: Currency, marks: NumberMarks
  ) throws(AmountError) {
    guard text.utf8.count <= 256 else { throw .notAnAmount }
    var rest = Substring(text.unicodeScalars.filter { !$0.turnsDirection }.map(Character.init))
      .trimmingBlanks
    let isNegative = rest.hasPrefix("-") || rest.hasPrefix("\u{2212}")
    if isNegative { rest = rest.dropFirst().trimmingBlanks }
    let (whole, decimals) = try TypedNumber(rest, marks: marks).parts()
    try self.init(isNegative: isNegative, whole: whole, decimals: decimals, currency: currency)
  }
}

/// Digits, and the marks between them as the language reads them.
private struct TypedNumber {
  /// ASCII digits.
  private var groups: [[UInt8]] = [[]]
  private var marksBetween: [Character] = []
  private let marks: NumberMarks

  /// For what can only stand between groups: blanks and apostrophes of any kind.
  private static let blank: Character = " "

  init(_ text: Substring, marks: NumberMarks) throws(AmountError) {
    self.marks = marks
    for character in text {
      if let digit = character.asciiDigit {
        groups[groups.count - 1].append(digit)
      } else if let mark = Self.mark(character, in: marks) {
        marksBetween.append(mark)
        groups.append([])
      } else {
        throw .notAnAmount
      }
    }
  }

  private static func mark(_ character: Character, in marks: NumberMarks) -> Character? {
    let isArabic = marks.decimal == "\u{066B}"
    switch character {
    case "\u{066B}": return marks.decimal
    case "\u{066C}": return marks.grouping
    // What Persian and Arabic keyboards have for the two marks above.
    case ".", "/": return isArabic ? marks.decimal : character == "." ? character : nil
    case ",", "\u{060C}": return isArabic ? marks.grouping : character == "," ? character : nil
    case "'", "\u{2019}": return blank
    default: return character.isWhitespace ? blank : nil
    }
  }

  func parts() throws(AmountError) -> (whole: [UInt8], decimals: [UInt8]) {
    let hasDecimals = lastMarkIsDecimal
    let whole = hasDecimals ? groups.dropLast() : groups[...]
    let groupMarks = hasDecimals ? marksBetween.dropLast() : marksBetween[...]
    guard Set(groupMarks).count <= 1, Self.areGroups(whole) else { throw .notAnAmount }
    // `.5` and `5.` are whole to the eye, a lone mark is not.
    let digits = Array(whole.joined())
    let decimals = hasDecimals ? groups[groups.count - 1] : []
    guard !digits.isEmpty || !decimals.isEmpty else { throw .notAnAmount }
    return (digits.isEmpty ? [UInt8(ascii: "0")] : digits, decimals)
  }

  private var lastMarkIsDecimal: Bool {
    guard let last = marksBetween.last, last != Self.blank else { return false }
    guard marksBetween.count == 1 else {
      // The only one of its kind behind others; else all are between groups.
      return !marksBetween.dropLast().contains(last)
    }
    return last != marks.grouping || groups[1].count != 3
  }

  /// Three digits at the end, two or three before that (as in India), one to three in front.
  private static func areGroups(_ groups: ArraySlice<[UInt8]>) -> Bool {
    guard groups.count > 1, let first = groups.first, let last = groups.last else { return true }
    return (1...3).contains(first.count) && first[0] != UInt8(ascii: "0") && last.count == 3
      && groups.dropFirst().dropLast().allSatisfy { (2...3).contains($0.count) }
  }
}

extension Character {
  fileprivate var asciiDigit: UInt8? {
    guard let scalar = unicodeScalars.first, unicodeScalars.count == 1 else { return nil }
    for zero: UInt32 in [0x30, 0x0660, 0x06F0] where (zero..<zero + 10).contains(scalar.value) {
      return UInt8(ascii: "0") + UInt8(scalar.value - zero)
    }
    return nil
  }
}

extension Unicode.Scalar {
  /// Marks without a width that only say which way text runs.
  fileprivate var turnsDirection: Bool {
    switch value {
    case 0x061C, 0x200E, 0x200F, 0x2066...0x2069: true
    default: false
    }
  }
}

extension Substring {
  fileprivate var trimmingBlanks: Substring {
    let start = drop(while: \.isWhitespace)
    guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...end]
  }
}
