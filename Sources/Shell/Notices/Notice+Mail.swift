package import FoundationEssentials
package import HTML
package import Mail

extension Notice {
  /// The notice as a mail, in one language, as HTML and as plain text.
  package func mail(
    on letterhead: Letterhead, to recipient: MailAddress, in language: Language, sentAt: Date,
    id: MessageID
  ) -> MailMessage {
    Language.$current.withValue(language) {
      var message = MailMessage(
        from: letterhead.sender, to: [recipient],
        subject: HeaderText(joiningLinesOf: subject.resolved(in: language)),
        text: plainText(on: letterhead, in: language), sentAt: sentAt, id: id)
      message.html = html(on: letterhead).text
      return message
    }
  }

  /// As mail programs show it, in `Language.current`.
  package func html(on letterhead: Letterhead) -> HTML {
    MailPage(notice: self, letterhead: letterhead).html()
  }

  func plainText(on letterhead: Letterhead, in language: Language) -> String {
    var parts = [heading.resolved(in: language)]
    parts += paragraphs.map { $0.resolved(in: language) }
    // On a line of its own, since an address ends where a reader's program thinks that it does.
    if let button { parts.append("\(button.label.resolved(in: language)):\n\(button.address)") }
    if let footnote { parts.append(footnote.resolved(in: language)) }
    // What programs take for the start of a signature.
    parts.append("-- \n\(letterhead.brand)\n\(letterhead.address)")
    return parts.joined(separator: "\n\n") + "\n"
  }
}
