import FoundationEssentials
import HTML
import HTTPServer

/// The mailbox as people read it.
enum MailboxPages {
  static func routes(_ mailbox: Mailbox, _ pages: SandboxPages) -> [Route] {
    [
      Route(.get, "/mail") { _ in pages.page("Mailbox", main: list(mailbox.mails())) },
      Route(.get, "/mail/{id}") { (_: Request, id: Int) in
        guard let mail = mailbox.mail(id) else { throw HTTPError.notFound }
        return pages.page("Mail", main: page(mail))
      },
      Route(.get, "/mail/{id}/html") { (_: Request, id: Int) in
        guard let html = mailbox.mail(id)?.message.html else { throw HTTPError.notFound }
        return foreign(html)
      },
    ]
  }

  // MARK: The list

  private static func list(_ mails: [StoredMail]) -> HTML {
    guard !mails.isEmpty else {
      return """
        <h1>\(text: "Mailbox")</h1>
        <div class="card empty"><h2>\(text: "No mail yet")</h2>
        <p>\(text: "Every mail that Martlet sends comes here. Open an account to get the first one.")</p></div>
        """
    }
    return """
      <h1>\(text: "Mailbox")</h1>
      <ol class="mails">\(mails.map(row))</ol>
      """
  }

  private static func row(_ mail: StoredMail) -> HTML {
    """
    <li><a href="\(url: "/mail/\(mail.id)")"><span class="subject">\(subject(of: mail))</span>
    <span class="muted" dir="ltr">\(mail.envelope.recipients.joined(separator: ", "))</span>
    <time class="muted" datetime="\(mail.receivedAt.formatted(.iso8601))">\
    \(text: "\(minute: mail.receivedAt, in: .current)")</time></a></li>

    """
  }

  private static func subject(of mail: StoredMail) -> HTML {
    mail.message.subject.isEmpty
      ? "\(text: "Without a subject")" : "<bdi>\(mail.message.subject)</bdi>"
  }

  // MARK: One mail

  private static func page(_ mail: StoredMail) -> HTML {
    let message = mail.message
    return """
      <p><a href="/mail">\(text: "Mailbox")</a></p>
      <h1>\(subject(of: mail))</h1>
      <dl class="facts">
      \(fact("From", message.header["From"] ?? mail.envelope.sender))
      \(fact("To", mail.envelope.recipients.joined(separator: ", ")))
      <div><dt>\(text: "Received")</dt><dd>\(text: "\(minute: mail.receivedAt, in: .current)")</dd></div>
      </dl>
      \(links(message.links))
      \(message.html == nil ? nil : frame(mail))
      \(message.text.map(plain))
      \(attachments(message.attachments))
      <details><summary>\(text: "Header fields")</summary>
      <dl class="facts fields">\(message.header.fields.map(field))</dl></details>
      """
  }

  private static func fact(_ label: Text, _ value: String) -> HTML {
    #"<div><dt>\#(text: label)</dt><dd><bdi>\#(value)</bdi></dd></div>"#
  }

  private static func field(_ field: MIMEHeader.Field) -> HTML {
    #"<div dir="ltr"><dt>\#(field.name)</dt><dd><bdi>\#(field.value)</bdi></dd></div>"#
  }

  /// Those that a browser follows: the mail's own word is not taken for what may be a link.
  private static func links(_ links: [String]) -> HTML? {
    guard !links.isEmpty else { return nil }
    return """
      <section class="card"><h2>\(text: "Links")</h2>
      <ul class="links" dir="ltr">\(links.map { #"<li><a href="\#($0)">\#($0)</a></li>"# as HTML })</ul></section>
      """
  }

  /// A document of its own in which nothing runs, since anybody could have written it.
  private static func frame(_ mail: StoredMail) -> HTML {
    """
    <section><h2>\(text: "As HTML")</h2>
    <iframe class="mail" sandbox="allow-popups allow-popups-to-escape-sandbox" \
    title="\(text: "As HTML")" src="\(url: "/mail/\(mail.id)/html")"></iframe></section>
    """
  }

  private static func plain(_ text: String) -> HTML {
    """
    <section><h2>\(text: "As text")</h2><pre class="card" dir="auto" tabindex="0">\(text)</pre></section>
    """
  }

  private static func attachments(_ all: [MIMEMessage.Attachment]) -> HTML? {
    guard !all.isEmpty else { return nil }
    let rows = all.map { one -> HTML in
      let name = one.name.isEmpty ? one.type : one.name
      return
        #"<li><bdi>\#(name)</bdi> <span class="muted">\#(text: "\(one.bytes) bytes")</span></li>"#
    }
    return "<section><h2>\(text: "Attachments")</h2><ul>\(rows)</ul></section>"
  }

  // MARK: The mail's own HTML

  private static func foreign(_ html: String) -> Response {
    var response = Response.html(html.openingLinksElsewhere)
    response.headers.append("Cache-Control", "no-store")
    response.headers.append(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'self'; "
        + "sandbox allow-popups allow-popups-to-escape-sandbox")
    return response
  }
}

extension String {
  /// Platforms refuse to be shown in a frame, so a link must not open in this one.
  fileprivate var openingLinksElsewhere: String {
    guard let head = firstRange(of: /<head[^>]*>/.ignoresCase()) else { return self }
    return self[..<head.upperBound] + #"<base target="_blank">"# + self[head.upperBound...]
  }
}
