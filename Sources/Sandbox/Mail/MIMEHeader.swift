/// The fields above a body, unfolded and decoded, in their order.
struct MIMEHeader: Sendable, Equatable {
  struct Field: Sendable, Equatable {
    let name: String
    let value: String
  }

  private(set) var fields: [Field] = []

  /// The first of that name, in any case of letters.
  subscript(_ name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// Takes the header from what follows it after an empty line.
  static func split(_ bytes: ArraySlice<UInt8>) -> (MIMEHeader, ArraySlice<UInt8>) {
    var unfolded: [String] = []
    var body = bytes[bytes.endIndex...]
    for line in bytes.lines {
      if line.isEmpty {
        body = bytes[Swift.min(line.upperBound + 2, bytes.endIndex)...]
        break
      }
      let text = String(decoding: bytes[line], as: UTF8.self)
      if text.first == " " || text.first == "\t", !unfolded.isEmpty {
        unfolded[unfolded.count - 1] += text
      } else {
        unfolded.append(text)
      }
    }
    return (MIMEHeader(fields: unfolded.compactMap(field)), body)
  }

  private static func field(_ line: String) -> Field? {
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else { return nil }
    return Field(
      name: String(parts[0]), value: EncodedWordReader.text(of: parts[1].trimmingBlanks))
  }
}

/// `value; name=text; name="text"` of a field such as Content-Type.
struct MIMEField {
  /// In lower case.
  let value: String
  private var parameters: [String: String] = [:]

  init(_ text: String) {
    let pieces = Self.pieces(of: text)
    value = (pieces.first ?? "").trimmingBlanks.lowercased()
    for piece in pieces.dropFirst() {
      let parts = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      parameters[parts[0].trimmingBlanks.lowercased()] = Self.unquoted(parts[1].trimmingBlanks)
    }
  }

  /// - Parameter name: In lower case. Long and foreign texts come in numbered, percent-encoded parts,
  ///   RFC 2231.
  subscript(_ name: String) -> String? {
    if let plain = parameters[name] { return plain }
    if let whole = parameters["\(name)*"] { return Self.decoded(whole) }
    var joined = ""
    for number in 0..<100 {
      guard let part = parameters["\(name)*\(number)*"] ?? parameters["\(name)*\(number)"] else {
        break
      }
      joined += part
    }
    return joined.isEmpty ? nil : Self.decoded(joined)
  }

  /// Cut at semicolons outside of quotes.
  private static func pieces(of text: String) -> [String] {
    var pieces = [""]
    var isQuoted = false
    for character in text {
      if character == "\"" { isQuoted.toggle() }
      if character == ";", !isQuoted {
        pieces.append("")
      } else {
        pieces[pieces.count - 1].append(character)
      }
    }
    return pieces
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
    return String(text.dropFirst().dropLast().replacing(/\\(.)/) { $0.output.1 })
  }

  /// `UTF-8''na%C3%AFve`
  private static func decoded(_ text: String) -> String {
    let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return text }
    return Charset.text(
      ContentEncoding.unescaped(Array(parts[2].utf8)[...], mark: UInt8(ascii: "%")),
      in: String(parts[0]))
  }
}

extension StringProtocol {
  var trimmingBlanks: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var rest = self[...].drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
    return String(rest)
  }
}
