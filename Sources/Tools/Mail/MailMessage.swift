package import FoundationEssentials

/// A mail as its writer thinks of it.
package struct MailMessage: Sendable {
  package struct Attachment: Sendable {
    package let fileName: HeaderText
    /// Such as `application/pdf`.
    package let type: MediaType
    package let content: [UInt8]

    package init(fileName: HeaderText, type: MediaType, content: [UInt8]) {
      self.fileName = fileName
      self.type = type
      self.content = content
    }
  }

  package var sender: MailAddress
  package var recipients: [MailAddress]
  package var replyTo: MailAddress?
  package var subject: HeaderText
  /// Every mail has one: not everybody reads HTML.
  package var text: String
  package var html: String?
  package var attachments: [Attachment] = []
  /// Where one request unsubscribes, without asking anything more. Source: RFC 8058.
  package var unsubscribeLink: WebLink?
  package let sentAt: Date
  /// Before the `@`: made from our own id, so that the same mail sent twice is known to be the same.
  package let id: MessageID

  package init(
    from sender: MailAddress, to recipients: [MailAddress], subject: HeaderText, text: String,
    sentAt: Date, id: MessageID
  ) {
    self.sender = sender
    self.recipients = recipients
    self.subject = subject
    self.text = text
    self.sentAt = sentAt
    self.id = id
  }
}

/// `type/subtype`.
package struct MediaType: Sendable, Hashable {
  let description: String

  package init?(_ text: String) {
    guard text.utf8.count <= 100,
      text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/)
        != nil
    else { return nil }
    description = text
  }
}

/// The left part of a `Message-ID`; the sender's domain is the right one.
package struct MessageID: Sendable, Hashable {
  let description: String

  package init?(_ text: String) {
    guard text.wholeMatch(of: /[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*/) != nil, text.utf8.count <= 64
    else { return nil }
    description = text
  }
}

/// An `https:` link that fits into a header field.
package struct WebLink: Sendable, Hashable {
  let description: String

  package init?(_ text: String) {
    guard text.hasPrefix("https://"), text.utf8.count <= 900,
      text.utf8.allSatisfy({
        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
      })
    else { return nil }
    description = text
  }
}
