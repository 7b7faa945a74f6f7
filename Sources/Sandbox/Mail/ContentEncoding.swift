import FoundationEssentials

/// How bytes travel as letters.
enum ContentEncoding {
  static func decode(_ bytes: ArraySlice<UInt8>, _ encoding: String) -> [UInt8] {
    switch encoding.trimmingBlanks.lowercased() {
    case "base64": base64(bytes)
    case "quoted-printable": quotedPrintable(bytes)
    default: Array(bytes)
    }
  }

  static func base64(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(Data(base64Encoded: Data(bytes), options: .ignoreUnknownCharacters) ?? Data())
  }

  /// Blanks at a line's end are not the writer's, and a `=` there joins it with the next one.
  static func quotedPrintable(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var decoded: [UInt8] = []
    for line in bytes.lines {
      var content = bytes[line]
      while let last = content.last, last == 0x20 || last == 0x09 { content.removeLast() }
      let isJoined = content.last == UInt8(ascii: "=")
      decoded += unescaped(isJoined ? content.dropLast() : content, mark: UInt8(ascii: "="))
      if !isJoined, line.upperBound < bytes.endIndex { decoded += [13, 10] }
    }
    return decoded
  }

  /// Two hexadecimal digits after the mark are a byte; a mark without them stays as it is.
  static func unescaped(_ bytes: ArraySlice<UInt8>, mark: UInt8) -> [UInt8] {
    var decoded: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == mark, index + 2 < bytes.endIndex,
        let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        decoded.append(byte)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return decoded
  }
}

enum Charset {
  /// - Parameter name: As a mail names it; unknown ones are read as UTF-8.
  static func text(_ bytes: [UInt8], in name: String?) -> String {
    switch name?.lowercased() {
    case "iso-8859-1", "latin1": String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
    default: String(decoding: bytes, as: UTF8.self)
    }
  }
}

/// `=?UTF-8?B?…?=` in header fields. Source: RFC 2047.
enum EncodedWordReader {
  static func text(of field: String) -> String {
    // Blanks between two encoded words belong to neither.
    let joined = field.replacing(/\?=[ \t]+(?==\?)/, with: "?=")
    var text = ""
    var start = joined.startIndex
    var bytes: [UInt8] = []
    var charset = ""
    // Words of one charset are decoded together, since a character may be cut between them.
    for match in joined.matches(of: /=\?([A-Za-z0-9_-]+)(?:\*[A-Za-z-]+)?\?([BbQq])\?([^? ]*)\?=/) {
      let before = joined[start..<match.range.lowerBound]
      if !before.isEmpty || charset != match.output.1.lowercased() {
        text += Charset.text(bytes, in: charset) + before
        bytes = []
      }
      charset = match.output.1.lowercased()
      bytes += decoded(match.output.3, isBase64: match.output.2.lowercased() == "b")
      start = match.range.upperBound
    }
    return text + Charset.text(bytes, in: charset) + joined[start...]
  }

  private static func decoded(_ word: Substring, isBase64: Bool) -> [UInt8] {
    if isBase64 { return ContentEncoding.base64(Array(word.utf8)[...]) }
    let spaced = word.utf8.map { $0 == UInt8(ascii: "_") ? 0x20 : $0 }
    return ContentEncoding.unescaped(spaced[...], mark: UInt8(ascii: "="))
  }
}
