import FoundationEssentials
import HTML
import Mail
import Testing

@testable import Notices

@Suite struct `A notice as a mail` {
  private let letterhead = Letterhead(
    sender: MailAddress("noreply@shops.example", name: "Martlet")!,
    address: "https://shops.example")

  private func mail(_ notice: Notice, in code: String = "en") throws -> MailMessage {
    let languages = try Languages(folder: "\(Self.root)/Locales")
    return notice.mail(
      on: letterhead, to: MailAddress("ada@example.org")!, in: languages.named(code)!,
      sentAt: Date(timeIntervalSince1970: 1_750_000_000), id: MessageID("m-1")!)
  }

  /// …/Tests/NoticesTests/NoticeTests.swift without its last three parts.
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()

  private let notice = Notice(
    subject: "Reset your password", heading: "Choose a new password",
    paragraphs: ["Welcome, \("<b>Ada</b> & \"Bob\"")"],
    button: .init(label: "Choose a new password", address: "https://shops.example/reset/abc?a=1&b"),
    footnote: "If it was not you, do nothing. Your password stays as it is.")

  @Test func `says the same as text`() throws {
    #expect(
      try mail(notice).text == """
        Choose a new password

        Welcome, <b>Ada</b> & "Bob"

        Choose a new password:
        https://shops.example/reset/abc?a=1&b

        If it was not you, do nothing. Your password stays as it is.

        -- 
        Martlet
        https://shops.example

        """)
  }

  @Test func `lets no value become markup`() throws {
    let html = try #require(try mail(notice).html)
    #expect(html.contains("Welcome, &lt;b&gt;Ada&lt;/b&gt; &amp; &quot;Bob&quot;"))
    #expect(html.contains(#"href="https://shops.example/reset/abc?a=1&amp;b""#))
    #expect(!html.contains("<b>"))
  }

  @Test func `has its reader's language and direction`() throws {
    let english = try mail(notice)
    #expect(english.subject.text == "Reset your password")
    #expect(try #require(english.html).contains(#"<html lang="en" dir="ltr">"#))
    let persian = try mail(notice, in: "fa")
    #expect(persian.subject.text == "بازنشانی رمز شما")
    let html = try #require(persian.html)
    #expect(html.contains(#"<html lang="fa" dir="rtl">"#))
    #expect(html.contains("text-align:right"))
    #expect(html.contains("انتخاب رمز تازه"))
  }

  @Test func `fetches nothing and runs nothing`() throws {
    let html = try #require(try mail(notice).html)
    for word in ["<script", "<img", "<link", "src=", "url(", "@import"] {
      #expect(!html.contains(word), "\(word)")
    }
  }

  @Test func `keeps a subject on one line`() throws {
    let odd = Notice(subject: "Welcome, \("a\r\nBcc: b")", heading: "Welcome", paragraphs: [])
    #expect(try mail(odd).subject.text == "Welcome, a Bcc: b")
  }
}
