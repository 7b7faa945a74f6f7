import Testing

@testable import Sandbox

@Suite struct `A mail in the mailbox` {
  private func message(_ text: String) -> MIMEMessage {
    MIMEMessage(Array(text.replacing("\n", with: "\r\n").utf8))
  }

  @Test func `shows both alternatives and what is attached`() {
    let mail = message(
      """
      Subject: =?UTF-8?B?2LPZhNin?= =?UTF-8?Q?=D9=85_x?=
      Content-Type: multipart/mixed; boundary="out;er"

      preamble
      --out;er
      Content-Type: multipart/alternative; boundary=inner

      --inner
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: quoted-printable

      caf=C3=A9 is =
      open =3D yes
      --inner
      Content-Type: text/html
      Content-Transfer-Encoding: base64

      PHA+c2Fs
      w6Q8L3A+
      --inner--
      --out;er
      Content-Type: application/pdf
      Content-Disposition: attachment;
       filename*0*=UTF-8''na%C3%AF;
       filename*1=ve.pdf
      Content-Transfer-Encoding: base64

      AAEC
      --out;er--
      epilogue
      """)
    #expect(mail.subject == "سلام x")
    #expect(mail.text == "café is open = yes")
    #expect(mail.html == "<p>salä</p>")
    #expect(
      mail.attachments == [.init(name: "naïve.pdf", type: "application/pdf", bytes: 3)])
  }

  @Test func `is plain text where nothing else is said`() {
    let mail = message("X: 1\n y\n\nHello\n")
    #expect(mail.header["x"] == "1 y")
    #expect(mail.text == "Hello\r\n")
    #expect(mail.html == nil)
  }

  @Test func `reads the letters of western Europe`() {
    let mail = message(
      "Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe"
    )
    #expect(mail.text == "Grüße")
  }

  @Test func `names its links once, those of the text first`() {
    let mail = message(
      """
      Content-Type: multipart/alternative; boundary=b

      --b

      See https://a.example/1 and http://b.example/x?y=1&z=2
      --b
      Content-Type: text/html

      <a href="https://c.example">c</a><a href="http://b.example/x?y=1&amp;z=2">b</a>
      --b--
      """)
    #expect(
      mail.links == ["https://a.example/1", "http://b.example/x?y=1&z=2", "https://c.example"])
  }

  @Test func `is readable when its last boundary was lost`() {
    let mail = message("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello")
    #expect(mail.text == "Hello")
  }

  @Test func `is not opened deeper than anybody nests`() {
    var text = "Content-Type: text/plain\n\nx"
    for depth in 1...50 {
      text = "Content-Type: multipart/mixed; boundary=b\(depth).\n\n--b\(depth).\n\(text)"
      if depth == 5 { #expect(message(text).text == "x") }
    }
    #expect(message(text).text == nil)
  }

  /// Seeds 1 to 300: pieces of mails in any order.
  @Test func `survives whatever it is given`() {
    let pieces: [[UInt8]] =
      [
        "Content-Type: multipart/mixed; boundary=b", "--b", "--b--", "\r\n", "\r\n\r\n", "\n", "\r",
        "=",
        "=?UTF-8?B?", "?=", "=?UTF-8?Q?=E2=", "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable", ";", "\"", "\\", "filename*0*=", "'", "%",
        ":",
        "Content-Disposition: attachment; filename=\"",
      ].map { Array($0.utf8) } + [[0], [255, 254], [0xE2, 0x80]]
    for seed in 1...300 {
      var state = UInt64(seed)
      var bytes: [UInt8] = []
      for _ in 0..<60 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes += pieces[Int(state >> 33) % pieces.count]
      }
      let mail = MIMEMessage(bytes)
      #expect(mail.links.count < 100, "seed \(seed)")
    }
  }
}

@Suite struct `The mailbox` {
  private func envelope(_ recipient: String, size: Int = 1) -> Envelope {
    let body = [UInt8](repeating: UInt8(ascii: "x"), count: size)
    return Envelope(sender: "", recipients: [recipient], content: [13, 10] + body)
  }

  @Test func `keeps the newest mails, and finds those to somebody in any case of letters`() {
    let mailbox = Mailbox()
    for number in 1...Mailbox.maximumMails + 3 {
      _ = mailbox.take(envelope(number.isMultiple(of: 2) ? "Ada@example.org" : "bob@example.org"))
    }
    #expect(mailbox.mails().count == Mailbox.maximumMails)
    #expect(mailbox.mails().first?.id == Mailbox.maximumMails + 3)
    #expect(mailbox.mail(3) == nil)
    #expect(mailbox.mails(to: "ada@EXAMPLE.org").count == Mailbox.maximumMails / 2)
    #expect(mailbox.mails(to: "eve@example.org").isEmpty)
    mailbox.empty()
    #expect(mailbox.mails().isEmpty)
  }

  @Test func `holds no more bytes than it may`() {
    let mailbox = Mailbox()
    for _ in 1...12 { _ = mailbox.take(envelope("ada@example.org", size: 10 << 20)) }
    #expect(mailbox.mails().count == 9)
  }

  @Test func `refuses, then drops, then keeps, as it was told`() {
    let mailbox = Mailbox()
    mailbox.behaviour = .init(failNext: 2, code: 550, dropNext: 1)
    let verdicts = (1...4).map { _ in mailbox.take(envelope("ada@example.org")) }
    #expect(verdicts == [.refused(code: 550), .refused(code: 550), .dropped, .kept])
    #expect(mailbox.mails().count == 2)
  }
}
