/// A mail as far as a mailbox shows it. Whatever it is given, it makes something of it.
/// Sources: RFC 5322, 2045, 2046, 2047, 2183.
struct MIMEMessage: Sendable, Equatable {
  struct Attachment: Sendable, Equatable {
    let name: String
    /// `type/subtype`.
    let type: String
    let bytes: Int
  }

  private(set) var header: MIMEHeader
  private(set) var text: String?
  private(set) var html: String?
  private(set) var attachments: [Attachment] = []

  private static let maximumDepth = 8
  private static let maximumParts = 100

  init(_ bytes: [UInt8]) {
    let (header, body) = MIMEHeader.split(bytes[...])
    self.header = header
    add(header, body, depth: 0)
  }

  var subject: String { header["Subject"] ?? "" }

  /// The addresses that the mail leads to, each once, in order.
  var links: [String] {
    var links: [String] = []
    let fromHTML = (html ?? "").matches(of: /href="(https?:[^"]+)"/).map {
      String($0.output.1.replacing("&amp;", with: "&"))
    }
    let fromText = (text ?? "").matches(of: /https?:\/\/[^\s<>"]+/).map { String($0.output) }
    for link in fromText + fromHTML where !links.contains(link) { links.append(link) }
    return links
  }

  private mutating func add(_ header: MIMEHeader, _ body: ArraySlice<UInt8>, depth: Int) {
    let type = MIMEField(header["Content-Type"] ?? "text/plain")
    if type.value.hasPrefix("multipart/"), depth < Self.maximumDepth,
      let boundary = type["boundary"], !boundary.isEmpty
    {
      for part in Self.parts(of: body, boundary: boundary) {
        let (header, body) = MIMEHeader.split(part)
        add(header, body, depth: depth + 1)
      }
      return
    }
    let content = ContentEncoding.decode(body, header["Content-Transfer-Encoding"] ?? "7bit")
    let disposition = MIMEField(header["Content-Disposition"] ?? "")
    let isAttachment = disposition.value == "attachment"
    if type.value == "text/plain", !isAttachment, text == nil {
      text = Charset.text(content, in: type["charset"])
    } else if type.value == "text/html", !isAttachment, html == nil {
      html = Charset.text(content, in: type["charset"])
    } else {
      let name = disposition["filename"] ?? type["name"] ?? ""
      attachments.append(Attachment(name: name, type: type.value, bytes: content.count))
    }
  }

  /// What lies between the lines that start with the boundary. The line end before such a line is its own.
  private static func parts(
    of body: ArraySlice<UInt8>, boundary: String
  ) -> [ArraySlice<UInt8>] {
    let mark = Array("--\(boundary)".utf8)
    var parts: [ArraySlice<UInt8>] = []
    var start: Int?
    for line in body.lines where body[line].starts(with: mark) {
      if let start { parts.append(body[start..<max(start, line.lowerBound - 2)]) }
      let isLast = body[line].dropFirst(mark.count).starts(with: Array("--".utf8))
      guard !isLast, parts.count < maximumParts else { return parts }
      start = min(line.upperBound + 2, body.endIndex)
    }
    // The closing line was lost.
    if let start { parts.append(body[start...]) }
    return parts
  }
}

extension ArraySlice<UInt8> {
  /// Where each line lies, without its CR LF.
  var lines: ByteLines { ByteLines(bytes: self, start: startIndex) }
}

/// Looked for one at a time, so that a header is found without reading the mail under it.
struct ByteLines: Sequence, IteratorProtocol {
  let bytes: ArraySlice<UInt8>
  var start: Int

  mutating func next() -> Range<Int>? {
    guard start < bytes.endIndex else { return nil }
    let first = start
    var from = start
    while let feed = bytes[from...].firstIndex(of: 10) {
      from = feed + 1
      guard feed > first, bytes[feed - 1] == 13 else { continue }
      start = from
      return first..<feed - 1
    }
    start = bytes.endIndex
    return first..<bytes.endIndex
  }
}
