import Fields
import FoundationEssentials
import HTML
import HTTPServer

/// The mailbox as tests read it, and make it misbehave.
enum MailboxAPI {
  static func routes(_ mailbox: Mailbox) -> [Route] {
    [
      Route(.get, "/mail/messages") { request in
        try json(Listing(data: mailbox.mails(to: request.query("to")).map(Summary.init)))
      },
      Route(.get, "/mail/messages/{id}") { (_: Request, id: Int) in
        guard let mail = mailbox.mail(id) else { throw HTTPError.notFound }
        return try json(Whole(mail))
      },
      Route(.delete, "/mail/messages") { _ in
        mailbox.empty()
        return Response(status: 204)
      },
      Route(.get, "/mail/behaviour") { _ in try json(mailbox.behaviour) },
      Route(.put, "/mail/behaviour", limits: RouteLimits(accepts: [.json])) { request in
        mailbox.behaviour = try behaviour.parse(request.body.input ?? .object([]))
        return try json(mailbox.behaviour)
      },
    ]
  }

  private static let behaviour = Fields(
    Field("fail_next", .optional(.integer(0...1_000_000), default: 0)),
    Field("code", .optional(.integer(400...599), default: 451)),
    Field("drop_next", .optional(.integer(0...1_000_000), default: 0)),
    as: Mailbox.Behaviour.init)

  private struct Listing: Encodable { let data: [Summary] }

  private struct Summary: Encodable {
    let id: Int
    let receivedAt: Date
    let sender: String
    let recipients: [String]
    let subject: String

    init(_ mail: StoredMail) {
      id = mail.id
      receivedAt = mail.receivedAt
      sender = mail.envelope.sender
      recipients = mail.envelope.recipients
      subject = mail.message.subject
    }
  }

  private struct Whole: Encodable {
    struct Header: Encodable {
      let name: String
      let value: String
    }
    struct Attachment: Encodable {
      let name: String
      let type: String
      let bytes: Int
    }
    let id: Int
    let receivedAt: Date
    let sender: String
    let recipients: [String]
    let subject: String
    let text: String?
    let html: String?
    let links: [String]
    let headers: [Header]
    let attachments: [Attachment]

    init(_ mail: StoredMail) {
      let message = mail.message
      id = mail.id
      receivedAt = mail.receivedAt
      sender = mail.envelope.sender
      recipients = mail.envelope.recipients
      subject = message.subject
      text = message.text
      html = message.html
      links = message.links
      headers = message.header.fields.map { Header(name: $0.name, value: $0.value) }
      attachments = message.attachments.map {
        Attachment(name: $0.name, type: $0.type, bytes: $0.bytes)
      }
    }
  }

  private static func json(_ value: some Encodable) throws -> Response {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = .withoutEscapingSlashes
    var response = Response.json(String(decoding: try encoder.encode(value), as: UTF8.self))
    response.headers.append("Cache-Control", "no-store")
    return response
  }

  /// For an input that is not what a route takes.
  @Sendable static func refusal(_ error: any Error, _ request: Request) -> HTTPError {
    guard let invalid = error as? InvalidInput else { return .internalFailure }
    let names = invalid.errors.map { "\($0.field): \($0.code)" }.joined(separator: ", ")
    return HTTPError(status: 422, code: invalid.code, detail: names)
  }
}
