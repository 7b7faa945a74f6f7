/// One client's conversation with a mail server, as bytes in and replies out: it knows no socket.
/// Sources: RFC 5321, 1870 (SIZE), 2920 (PIPELINING), 4954 (AUTH), 6152 (8BITMIME).
struct SMTPSession {
  static let maximumMailBytes = 10 << 20
  private static let maximumRecipients = 100
  /// An answer to AUTH may have 12,288 bytes, RFC 4954 section 4.
  private static let maximumCommandBytes = 12_288
  private static let maximumMistakes = 20

  /// What the receiver of a mail says to it.
  enum Verdict: Equatable {
    case kept
    case refused(code: Int)
    /// Kept, and the client never hears of it.
    case dropped
  }

  enum Action: Equatable {
    case reply(String)
    case close
  }

  private enum Step: Equatable {
    case command
    /// The lines that answer an AUTH, and how many are left.
    case credentials(left: Int)
    case data
  }

  private let take: (Envelope) -> Verdict
  private var lines = SMTPLines()
  private var step = Step.command
  private var saidHello = false
  private var sender: String?
  private var recipients: [String] = []
  private var content: [UInt8] = []
  private var isTooLarge = false
  private var mistakes = 0
  private(set) var isOver = false

  /// - Parameter take: Called once for each mail that came whole.
  init(take: @escaping (Envelope) -> Verdict) { self.take = take }

  static let greeting = "220 sandbox.localhost ESMTP"

  mutating func receive(_ bytes: [UInt8]) -> [Action] {
    var actions: [Action] = []
    for byte in bytes where !isOver {
      switch lines.add(byte) {
      case nil: holdDown(&actions)
      case .line(let line):
        if step == .data { addData(line, &actions) } else { answer(line, &actions) }
      case .bareLineEnd:
        // What one server takes for the end of a mail and the next for a part of it smuggles mails.
        end("550 Lines end with CR LF", &actions)
      }
    }
    return actions
  }

  private mutating func end(_ reply: String, _ actions: inout [Action]) {
    actions += [.reply(reply), .close]
    isOver = true
  }

  /// A line that does not end fills no memory.
  private mutating func holdDown(_ actions: inout [Action]) {
    if step != .data {
      if lines.length > Self.maximumCommandBytes { end("500 Line too long", &actions) }
    } else if lines.length + content.count > Self.maximumMailBytes {
      isTooLarge = true
      lines.forget()
      content = []
    }
  }

  // MARK: Commands

  private mutating func answer(_ line: [UInt8], _ actions: inout [Action]) {
    if case .credentials(let left) = step { return addCredentials(line, left, &actions) }
    let text = String(decoding: line, as: UTF8.self)
    let verb = text.prefix { $0 != " " }.uppercased()
    let rest = text.dropFirst(verb.count).drop { $0 == " " }
    let reply =
      switch verb {
      case "EHLO": hello(rest, extended: true)
      case "HELO": hello(rest, extended: false)
      case "MAIL": mail(rest)
      case "RCPT": recipient(rest)
      case "DATA": data()
      case "RSET": reset()
      case "NOOP": "250 OK"
      case "VRFY": "252 Send some mail and see"
      case "AUTH": authenticate(rest)
      case "QUIT": "221 Bye"
      default: "502 No such command"
      }
    if verb == "QUIT" { return end(reply, &actions) }
    actions.append(.reply(reply))
    mistakes += reply.hasPrefix("5") ? 1 : 0
    if mistakes >= Self.maximumMistakes { end("421 Too many mistakes", &actions) }
  }

  private mutating func hello(_ name: Substring, extended: Bool) -> String {
    guard !name.isEmpty else { return "501 Say who you are" }
    saidHello = true
    _ = reset()
    guard extended else { return "250 sandbox.localhost" }
    return """
      250-sandbox.localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE \(Self.maximumMailBytes)\
      \r\n250 AUTH PLAIN LOGIN
      """
  }

  private mutating func reset() -> String {
    sender = nil
    recipients = []
    content = []
    isTooLarge = false
    return "250 OK"
  }

  private mutating func mail(_ text: Substring) -> String {
    guard saidHello else { return "503 Say EHLO first" }
    guard sender == nil else { return "503 A mail is under way" }
    guard let path = SMTPPath(text, after: "FROM:", mayBeEmpty: true) else {
      return "501 Say MAIL FROM: and an address in angle brackets"
    }
    for parameter in path.parameters {
      let parts = parameter.split(separator: "=", maxSplits: 1)
      switch (parts.first?.uppercased(), parts.last?.uppercased()) {
      case ("SIZE", let size?):
        guard let size = Int(size) else { return "501 SIZE is a number" }
        if size > Self.maximumMailBytes { return "552 Too large" }
      case ("BODY", "7BIT"), ("BODY", "8BITMIME"), ("AUTH", _): break
      default: return "555 No such parameter"
      }
    }
    sender = path.address
    return "250 OK"
  }

  private mutating func recipient(_ text: Substring) -> String {
    guard sender != nil else { return "503 Say MAIL first" }
    guard let path = SMTPPath(text, after: "TO:", mayBeEmpty: false) else {
      return "501 Say RCPT TO: and an address in angle brackets"
    }
    guard path.parameters.isEmpty else { return "555 No such parameter" }
    guard recipients.count < Self.maximumRecipients else { return "452 Too many recipients" }
    recipients.append(path.address)
    return "250 OK"
  }

  private mutating func data() -> String {
    guard !recipients.isEmpty else { return "503 Say RCPT first" }
    step = .data
    return "354 End with a line of one dot"
  }

  // MARK: Credentials, which are looked at by nobody

  private mutating func authenticate(_ text: Substring) -> String {
    guard saidHello else { return "503 Say EHLO first" }
    let words = text.split(separator: " ")
    switch (words.first?.uppercased(), words.count) {
    case ("PLAIN", 1): return challenge("", left: 1)
    case ("LOGIN", 1): return challenge("VXNlcm5hbWU6", left: 2)
    case ("PLAIN", 2): return "235 Welcome"
    case ("LOGIN", 2): return challenge("UGFzc3dvcmQ6", left: 1)
    default: return "504 It is AUTH PLAIN or AUTH LOGIN"
    }
  }

  private mutating func challenge(_ text: String, left: Int) -> String {
    step = .credentials(left: left)
    return "334 \(text)"
  }

  private mutating func addCredentials(_ line: [UInt8], _ left: Int, _ actions: inout [Action]) {
    step = .command
    guard line != [UInt8(ascii: "*")] else { return actions.append(.reply("501 As you like")) }
    actions.append(.reply(left > 1 ? challenge("UGFzc3dvcmQ6", left: left - 1) : "235 Welcome"))
  }

  // MARK: The mail itself

  private mutating func addData(_ line: [UInt8], _ actions: inout [Action]) {
    let dot = UInt8(ascii: ".")
    guard line != [dot] else { return finishData(&actions) }
    // A leading dot was put there by the client, so that no line of the mail is a dot alone.
    content += line.first == dot ? line.dropFirst() : line[...]
    content += [13, 10]
    if content.count > Self.maximumMailBytes {
      isTooLarge = true
      content = []
    }
  }

  private mutating func finishData(_ actions: inout [Action]) {
    step = .command
    let envelope = Envelope(sender: sender ?? "", recipients: recipients, content: content)
    let isRefused = isTooLarge
    _ = reset()
    guard !isRefused else { return actions.append(.reply("552 Too large")) }
    switch take(envelope) {
    case .kept: actions.append(.reply("250 Kept"))
    case .refused(let code): actions.append(.reply("\(code) As you asked"))
    case .dropped:
      actions.append(.close)
      isOver = true
    }
  }
}

/// A mail as it came.
struct Envelope: Equatable, Sendable {
  /// Empty for a mail that wants no answer.
  let sender: String
  let recipients: [String]
  let content: [UInt8]
}

/// `FROM:<address> NAME=value …`
private struct SMTPPath {
  let address: String
  let parameters: [Substring]

  init?(_ text: Substring, after keyword: String, mayBeEmpty: Bool) {
    guard text.prefix(keyword.count).uppercased() == keyword else { return nil }
    let rest = text.dropFirst(keyword.count).drop { $0 == " " }
    guard rest.first == "<", let end = rest.firstIndex(of: ">") else { return nil }
    let address = rest[rest.index(after: rest.startIndex)..<end]
    let isPlain = address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    guard isPlain, address.utf8.count <= 254, mayBeEmpty || !address.isEmpty else { return nil }
    guard address.isEmpty || address.contains("@") else { return nil }
    self.address = String(address)
    parameters = rest[rest.index(after: end)...].split(separator: " ")
  }
}
