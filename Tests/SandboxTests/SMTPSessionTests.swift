import Testing

@testable import Sandbox

@Suite struct `A conversation over SMTP` {
  /// Sends the lines, and tells the replies and what was taken.
  private func talk(
    _ lines: [String], verdict: SMTPSession.Verdict = .kept, pieces: Int? = nil
  ) -> (replies: [String], mails: [Envelope], isOver: Bool) {
    var mails: [Envelope] = []
    var replies: [String] = []
    var session = SMTPSession { mail in
      mails.append(mail)
      return verdict
    }
    let bytes = Array(lines.map { $0 + "\r\n" }.joined().utf8)
    let size = pieces ?? max(1, bytes.count)
    for start in stride(from: 0, to: bytes.count, by: size) {
      for action in session.receive(Array(bytes[start..<min(start + size, bytes.count)])) {
        if case .reply(let text) = action { replies.append(String(text.prefix(3))) }
      }
    }
    return (replies, mails, session.isOver)
  }

  private let letter = [
    "EHLO test", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>", "DATA", "Subject: x", "",
    "..dot", "last", ".",
  ]

  @Test(arguments: [1, 2, 3, 7, 1_000])
  func `takes a mail however its bytes are cut, and gives its dots back`(pieces: Int) {
    let (replies, mails, _) = talk(letter + ["QUIT"], pieces: pieces)
    #expect(replies == ["250", "250", "250", "354", "250", "221"])
    #expect(
      mails == [
        Envelope(
          sender: "a@example.org", recipients: ["b@example.org"],
          content: Array("Subject: x\r\n\r\n.dot\r\nlast\r\n".utf8))
      ])
  }

  @Test func `takes several mails and knows a sender who wants no answer`() {
    let second = [
      "MAIL FROM:<>", "RCPT TO:<c@example.org>", "RCPT TO:<d@example.org>", "DATA", ".",
    ]
    let (_, mails, _) = talk(letter + second)
    #expect(mails.map(\.sender) == ["a@example.org", ""])
    #expect(mails.last?.recipients == ["c@example.org", "d@example.org"])
  }

  @Test(arguments: [
    (["MAIL FROM:<a@b>"], "503"), (["EHLO x", "RCPT TO:<a@b>"], "503"),
    (["EHLO x", "DATA"], "503"), (["EHLO"], "501"), (["FROB"], "502"),
    (["EHLO x", "MAIL FROM:a@b"], "501"), (["EHLO x", "MAIL FROM:<a b@c>"], "501"),
    (["EHLO x", "MAIL FROM:<a@b> SIZE=99999999"], "552"),
    (["EHLO x", "MAIL FROM:<a@b> SIZE=much"], "501"),
    (["EHLO x", "MAIL FROM:<a@b> FROB=1"], "555"),
    (["EHLO x", "MAIL FROM:<a@b>", "MAIL FROM:<a@b>"], "503"),
    (["EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<>"], "501"),
    (["EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "RSET", "DATA"], "503"),
    (["EHLO x", "MAIL FROM:<a@b>", "HELO x", "RCPT TO:<c@d>"], "503"),
    (["EHLO x", "AUTH CRAM-MD5"], "504"), (["EHLO x", "AUTH PLAIN", "*"], "501"),
  ])
  func `refuses what comes at a wrong time or in a wrong form`(lines: [String], reply: String) {
    #expect(talk(lines).replies.last == reply)
  }

  @Test func `believes whoever logs in`() {
    #expect(talk(["EHLO x", "AUTH PLAIN AGEAYg=="]).replies.last == "235")
    #expect(talk(["EHLO x", "AUTH PLAIN", "AGEAYg=="]).replies == ["250", "334", "235"])
    #expect(
      talk(["EHLO x", "AUTH LOGIN", "YQ==", "Yg=="]).replies == ["250", "334", "334", "235"])
  }

  @Test(arguments: ["EHLO x\n", "EHLO x\rNOOP\r\n"])
  func `ends with whoever ends lines otherwise than by CR LF`(text: String) {
    var session = SMTPSession { _ in .kept }
    #expect(session.receive(Array(text.utf8)) == [.reply("550 Lines end with CR LF"), .close])
    #expect(session.isOver)
  }

  @Test func `takes no second mail smuggled behind a bare line end`() {
    var mails = 0
    var session = SMTPSession { _ in
      mails += 1
      return .kept
    }
    let start = "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
    let smuggled = "x\n.\nMAIL FROM:<e@f>\nRCPT TO:<g@h>\nDATA\ny\r\n.\r\n"
    _ = session.receive(Array((start + smuggled).utf8))
    #expect(mails == 0)
    #expect(session.isOver)
  }

  @Test func `refuses as it is told, and cuts the connection as it is told`() {
    #expect(talk(letter, verdict: .refused(code: 451)).replies.last == "451")
    let (replies, mails, isOver) = talk(letter, verdict: .dropped)
    #expect(replies.last == "354")
    #expect(mails.count == 1)
    #expect(isOver)
  }

  @Test func `refuses a mail that is too large and takes the next one`() {
    let line = String(repeating: "x", count: 900)
    let large = Array(repeating: line, count: SMTPSession.maximumMailBytes / 900 + 1)
    let (replies, mails, _) = talk(Array(letter.prefix(4)) + large + ["."] + letter.dropFirst())
    #expect(replies == ["250", "250", "250", "354", "552", "250", "250", "354", "250"])
    #expect(mails.count == 1)
  }

  @Test func `ends with whoever sends a command without end, or mistakes without end`() {
    #expect(talk([String(repeating: "x", count: 13_000)]).isOver)
    let (replies, _, isOver) = talk(Array(repeating: "FROB", count: 30))
    #expect(replies.count == 21)
    #expect(isOver)
  }

  @Test func `takes no more than a hundred recipients`() {
    let recipients = (1...101).map { "RCPT TO:<r\($0)@example.org>" }
    #expect(talk(["EHLO x", "MAIL FROM:<a@b>"] + recipients).replies.last == "452")
  }
}
