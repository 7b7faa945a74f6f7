import FoundationEssentials
import Testing

@testable import Mail
@testable import Transfers

@Suite struct `A mail address` {
  @Test(arguments: [
    "ada@example.com", "a.b+c@example.co.uk", "o'neill@xn--mgbh0fb.example", "a@localhost",
    "{x}~#!@e-x.com",
  ])
  func `is a local part and a domain`(text: String) { #expect(MailAddress(text)?.address == text) }

  @Test(arguments: [
    "", "a", "@", "a@", "@b", "a@b@c", ".a@b", "a.@b", "a..b@c", "a b@c", "a@b c", "a@-b", "a@b-",
    "a@b..c", "a@.b", "\"a\"@b", "a@[127.0.0.1]", "a\r\n@b", "a@b\r\nBcc: c@d", "é@b", "a@é",
    "a@b>", "<a@b>", "a@b,c@d", "a@b\0",
  ])
  func `is nothing else`(text: String) { #expect(MailAddress(text) == nil) }

  @Test(arguments: ["A\nB", "A\r\nB", "A\0", "A\u{2028}B", "A\u{85}B", "A\u{7F}"])
  func `has a name of one line`(name: String) {
    #expect(MailAddress("a@b", name: name) == nil)
    #expect(HeaderText(name) == nil)
  }

  @Test func `is of bounded length`() {
    let local = String(repeating: "a", count: 64)
    #expect(MailAddress("\(local)@b") != nil)
    #expect(MailAddress("\(local)a@b") == nil)
    let domain = Array(repeating: String(repeating: "b", count: 62), count: 3)
      .joined(separator: ".")
    #expect(MailAddress("\(local)@\(domain)") != nil)
    #expect(MailAddress("\(local)@\(domain)bb") == nil)
  }
}

@Suite struct `A header text` {
  @Test func `joins the lines of what a person wrote`() {
    #expect(HeaderText(joiningLinesOf: "one\r\ntwo\n\nthree").text == "one two three")
  }
}

@Suite struct `A mail on the wire` {
  private func message(
    _ subject: HeaderText = "Hello", _ text: String = "Hello.\n",
    _ change: (inout MailMessage) -> Void = { _ in }
  ) throws -> [String] {
    var message = MailMessage(
      from: try #require(MailAddress("shop@example.com", name: "The \"Shop\"")),
      to: [try #require(MailAddress("ada@example.org"))], subject: subject, text: text,
      sentAt: Date(timeIntervalSince1970: 880_106_106), id: try #require(MessageID("m-1")))
    change(&message)
    let bytes = MIMEWriter.bytes(of: message)
    #expect(bytes.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x0D || $0 == 0x0A })
    let lines = String(decoding: bytes, as: UTF8.self).components("\r\n")
    #expect(lines.allSatisfy { !$0.contains("\r") && !$0.contains("\n") })
    return lines
  }

  @Test func `has the fields that every mail needs`() throws {
    #expect(
      try message() == [
        "Date: Fri, 21 Nov 1997 09:55:06 +0000", "Message-ID: <m-1@example.com>",
        "From: \"The \\\"Shop\\\"\" <shop@example.com>", "To: ada@example.org", "Subject: Hello",
        "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable", "", "Hello.", "",
      ])
  }

  @Test func `keeps its lines short`() throws {
    let subject = HeaderText(joiningLinesOf: String(repeating: "پیام مهم ", count: 60))
    let lines = try message(subject, String(repeating: "wörter ", count: 400)) { message in
      message.html = "<p>" + String(repeating: "x", count: 5_000)
      message.recipients = (0..<50).compactMap {
        MailAddress("someone.\($0)@example.org", name: "Jemand, der Ärger hat \($0)")
      }
      message.attachments = [
        .init(
          fileName: HeaderText(joiningLinesOf: String(repeating: "имя ", count: 50)),
          type: MediaType("application/pdf")!, content: [UInt8](repeating: 7, count: 5_000))
      ]
    }
    #expect(lines.allSatisfy { $0.utf8.count <= 78 })
  }

  @Test func `may unsubscribe by one click`() throws {
    let lines = try message { $0.unsubscribeLink = WebLink("https://example.com/u/1?t=a") }
    #expect(lines.contains("List-Unsubscribe: <https://example.com/u/1?t=a>"))
    #expect(lines.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"))
  }

  @Test(arguments: [
    "http://a.b", "https://a.b\r\nX: y", "https://a.b/ c", "https://a.b>", "mailto:a@b",
  ])
  func `links to nothing but the web`(text: String) { #expect(WebLink(text) == nil) }

  @Test(arguments: ["a b", "a@b", "", ".", "a\r\nb", "é", "a..b"])
  func `has an id that fits its field`(text: String) { #expect(MessageID(text) == nil) }

  @Test(arguments: ["a", "a/b/c", "a/b; c=d", "a/b\r\nX: y", "/", ""])
  func `has attachments of a proper type`(text: String) { #expect(MediaType(text) == nil) }
}

@Suite struct `What became of a mail` {
  private func outcome(
    _ failure: TransferFailure?, status: Int = 0, wasSent: Bool = false
  ) -> MailServer.Outcome {
    var result = TransferResult()
    result.failure = failure
    result.status = status
    result.contentWasSent = wasSent
    return MailServer.Outcome(result)
  }

  @Test func `is told by the server's reply and by how far it came`() {
    #expect(outcome(nil, status: 250, wasSent: true) == .accepted)
    #expect(outcome(.other(code: 55), status: 451) == .temporary(.reply(451)))
    #expect(outcome(.other(code: 55), status: 550) == .permanent(.reply(550)))
    #expect(outcome(.broken, status: 554, wasSent: true) == .permanent(.reply(554)))
    #expect(outcome(.broken, status: 354, wasSent: true) == .unknown)
    #expect(outcome(.timedOut, status: 354, wasSent: true) == .unknown)
    #expect(outcome(.cancelled, status: 354, wasSent: true) == .unknown)
    #expect(outcome(.timedOut, status: 354) == .temporary(.unreachable))
    #expect(outcome(.notConnected) == .temporary(.unreachable))
    #expect(outcome(.nameNotFound) == .temporary(.unreachable))
    #expect(outcome(.cancelled) == .temporary(.cancelled))
    #expect(outcome(.tls) == .permanent(.insecure))
    #expect(outcome(.loginRefused, status: 535) == .permanent(.loginRefused))
    #expect(outcome(.loginRefused, status: 454) == .temporary(.reply(454)))
    #expect(outcome(.malformed) == .permanent(.malformed))
  }

  @Test func `is a mistake of ours where the server's name is none`() async throws {
    let server = MailServer(host: "example.com/x", port: 25)
    let address = try #require(MailAddress("a@b"))
    let message = MailMessage(
      from: address, to: [address], subject: "x", text: "x", sentAt: Date(),
      id: try #require(MessageID("m")))
    #expect(await server.send(message) == .permanent(.malformed))
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [String] {
    var parts: [String] = []
    var rest = utf8[...]
    while let range = rest.firstRange(of: separator.utf8) {
      parts.append(String(decoding: rest[..<range.lowerBound], as: UTF8.self))
      rest = rest[range.upperBound...]
    }
    return parts + [String(decoding: rest, as: UTF8.self)]
  }
}
