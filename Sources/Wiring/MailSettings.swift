import FoundationEssentials
import Mail
import Transfers

extension Settings {
  /// The server that delivers our mails, as `MARTLET_SMTP_URL` says.
  package struct SMTPServer: Sendable, Equatable {
    package enum Encryption: Sendable {
      /// For a server on this machine, where nobody listens in between.
      case whereOffered
      /// `smtp:` elsewhere: by STARTTLS, or nothing is sent.
      case required
      /// `smtps:`.
      case fromTheStart
    }

    package let host: String
    package let port: UInt16
    package let encryption: Encryption
    /// Both or neither.
    package let user: String?
    package let password: String?

    /// - Returns: Nil unless it is `smtp://host`, with or without port, user and password, or `smtps://…`.
    init?(_ text: String) {
      guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
        ["smtp", "smtps"].contains(url.scheme), ["", "/"].contains(url.path),
        url.query == nil, url.fragment == nil, (url.user == nil) == (url.password == nil),
        let port = UInt16(exactly: url.port ?? (url.scheme == "smtps" ? 465 : 587)), port > 0
      else { return nil }
      self.host = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
      self.port = port
      user = url.user
      password = url.password
      let isHere = ["localhost", "127.0.0.1", "[::1]"].contains(self.host)
      encryption = url.scheme == "smtps" ? .fromTheStart : isHere ? .whereOffered : .required
    }

    var server: MailServer {
      var server = MailServer(host: host, port: port)
      server.encryption =
        switch encryption {
        case .whereOffered: .whereOffered
        case .required: .required
        case .fromTheStart: .fromTheStart
        }
      if let user, let password { server.login = .init(name: user, password: password) }
      // Within the time that a job has.
      server.timeouts = TransferTimeouts(
        connect: .seconds(10), total: .seconds(45), idle: .seconds(30))
      return server
    }
  }

  /// - Parameter text: `Name <address>`, or an address alone.
  static func mailSender(_ text: String) -> MailAddress? {
    guard text.hasSuffix(">"), let opening = text.lastIndex(of: "<") else {
      return MailAddress(text)
    }
    let name = text[..<opening].split(separator: " ").joined(separator: " ")
    return MailAddress(String(text[text.index(after: opening)...].dropLast()), name: name)
  }
}
