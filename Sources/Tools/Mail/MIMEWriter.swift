import FoundationEssentials

/// Writes a message as it goes over the wire: ASCII in lines of at most 76 characters where the
/// words allow it and 998 where not, each ended by CR LF. Sources: RFC 5322, 2045, 2046, 2047, 2231.
struct MIMEWriter {
  private var lines: [String] = []

  static func bytes(of message: MailMessage) -> [UInt8] {
    var writer = MIMEWriter()
    writer.writeHeader(message)
    writer.write(Part(message), boundaries: message.boundaries)
    // A body that ends with a line end has an empty line after it already.
    if writer.lines.last != "" { writer.lines.append("") }
    return Array(writer.lines.joined(separator: "\r\n").utf8)
  }

  private mutating func writeHeader(_ message: MailMessage) {
    field("Date", [MailDate.text(message.sentAt)])
    field("Message-ID", ["<\(message.id.description)@\(message.sender.domain)>"])
    field("From", mailboxes([message.sender]))
    field("To", mailboxes(message.recipients))
    if let replyTo = message.replyTo { field("Reply-To", mailboxes([replyTo])) }
    field("Subject", EncodedWords.unstructured(message.subject.text))
    if let link = message.unsubscribeLink {
      field("List-Unsubscribe", ["<\(link.description)>"])
      field("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"])
    }
    field("MIME-Version", ["1.0"])
  }

  private func mailboxes(_ addresses: [MailAddress]) -> [String] {
    addresses.enumerated().flatMap { index, mailbox -> [String] in
      let comma = index == addresses.count - 1 ? "" : ","
      guard let name = mailbox.name else { return [mailbox.address + comma] }
      return EncodedWords.phrase(name) + ["<\(mailbox.address)>\(comma)"]
    }
  }

  /// One space before each word, or a new line and a space where it would not fit.
  private mutating func field(_ name: String, _ words: [String]) {
    var line = "\(name):"
    for word in words {
      if line.utf8.count + 1 + word.utf8.count > 76, line.utf8.count > name.utf8.count + 1 {
        lines.append(line)
        line = ""
      }
      line += " " + word
    }
    lines.append(line)
  }

  private mutating func write(_ part: Part, boundaries: [String]) {
    switch part {
    case .text(let subtype, let text):
      field("Content-Type", ["text/\(subtype);", "charset=utf-8"])
      field("Content-Transfer-Encoding", ["quoted-printable"])
      lines.append("")
      lines += QuotedPrintable.lines(text)
    case .attachment(let attachment):
      field("Content-Type", [attachment.type.description])
      field("Content-Transfer-Encoding", ["base64"])
      let name = EncodedWords.parameter("filename", attachment.fileName.text)
      let last = name.count - 1
      field(
        "Content-Disposition",
        ["attachment;"] + name.enumerated().map { $0 == last ? $1 : $1 + ";" })
      lines.append("")
      lines += Base64.lines(attachment.content)
    case .several(let subtype, let parts):
      let boundary = boundaries[0]
      field("Content-Type", ["multipart/\(subtype);", "boundary=\"\(boundary)\""])
      lines.append("")
      for part in parts {
        lines.append("--\(boundary)")
        write(part, boundaries: Array(boundaries.dropFirst()))
      }
      lines.append("--\(boundary)--")
    }
  }
}

private indirect enum Part {
  case text(subtype: String, String)
  case attachment(MailMessage.Attachment)
  case several(subtype: String, [Part])

  init(_ message: MailMessage) {
    var body = Part.text(subtype: "plain", message.text)
    if let html = message.html {
      // The last alternative is the one that readers prefer.
      body = .several(subtype: "alternative", [body, .text(subtype: "html", html)])
    }
    guard !message.attachments.isEmpty else {
      self = body
      return
    }
    self = .several(subtype: "mixed", [body] + message.attachments.map { .attachment($0) })
  }
}

extension MailMessage {
  /// `=_` occurs in no line of quoted-printable or base64, so no part can hold a boundary. One for
  /// each depth.
  fileprivate var boundaries: [String] { ["=_outer", "=_inner"] }
}

/// Dates as mails write them, `Fri, 21 Nov 1997 09:55:06 +0000`, RFC 5322 section 3.3.
enum MailDate {
  static func text(_ date: Date) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents(
      [.weekday, .day, .month, .year, .hour, .minute, .second], from: date)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let time = [parts.hour, parts.minute, parts.second].map { two($0 ?? 0) }
    return
      "\(days[(parts.weekday ?? 1) - 1]), \(two(parts.day ?? 1)) \(months[(parts.month ?? 1) - 1])"
      + " \(parts.year ?? 1970) \(time.joined(separator: ":")) +0000"
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
