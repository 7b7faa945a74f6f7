import Foundation
import Mail
import Transfers

/// Mails to one server, one after another.
struct MailJob: Decodable, Sendable {
  struct Mailbox: Decodable, Sendable {
    let address: String
    let name: String?
  }
  struct Attachment: Decodable, Sendable {
    let name: String
    let type: String
    let content: Data
  }
  struct Message: Decodable, Sendable {
    let from: Mailbox
    let to: [Mailbox]
    var replyTo: Mailbox?
    let subject: String
    let text: String
    var html: String?
    var attachments: [Attachment]?
    var unsubscribe: String?
    let sentAt: Double
    let id: String
  }

  let port: UInt16
  let encryption: String
  let user: String?
  let password: String?
  let authorities: String?
  let totalSeconds: Double?
  let messages: [Message]

  static func run(_ job: MailJob) async throws -> [String] {
    var server = MailServer(host: "localhost", port: job.port)
    server.encryption =
      ["required": .required, "fromTheStart": .fromTheStart][job.encryption] ?? .whereOffered
    if let user = job.user { server.login = .init(name: user, password: job.password ?? "") }
    server.authoritiesFile = job.authorities
    if let seconds = job.totalSeconds { server.timeouts.total = .seconds(seconds) }
    var outcomes: [String] = []
    for message in job.messages {
      guard let message = message.message else {
        outcomes.append("refused")
        continue
      }
      outcomes.append("\(await server.send(message))")
    }
    return outcomes
  }
}

extension MailJob.Mailbox {
  fileprivate var mailbox: MailAddress? { MailAddress(address, name: name) }
}

extension MailJob.Message {
  /// Nil when one of the types refuses its text.
  fileprivate var message: MailMessage? {
    guard let from = from.mailbox, let subject = HeaderText(subject), let id = MessageID(id) else {
      return nil
    }
    let recipients = to.compactMap(\.mailbox)
    guard recipients.count == to.count else { return nil }
    var message = MailMessage(
      from: from, to: recipients, subject: subject, text: text,
      sentAt: Date(timeIntervalSince1970: sentAt), id: id)
    message.html = html
    message.replyTo = replyTo?.mailbox
    message.unsubscribeLink = unsubscribe.flatMap { WebLink($0) }
    for attachment in attachments ?? [] {
      guard let name = HeaderText(attachment.name), let type = MediaType(attachment.type) else {
        return nil
      }
      message.attachments.append(
        .init(fileName: name, type: type, content: Array(attachment.content)))
    }
    return message
  }
}
