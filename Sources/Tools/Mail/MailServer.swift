package import Transfers

/// Hands mails to a server that delivers them, by SMTP.
package struct MailServer: Sendable {
  package enum Encryption: Sendable {
    /// STARTTLS where the server offers it: for a server on the same machine.
    case whereOffered
    /// STARTTLS, or nothing is sent.
    case required
    /// TLS from the first byte, at port 465 as a rule.
    case fromTheStart
  }

  /// What became of a mail. Recipients stand or fall together.
  package enum Outcome: Sendable, Hashable {
    /// The server has taken the mail over.
    case accepted
    /// Try again later: the server could not be reached or asked for it (4xx).
    case temporary(Cause)
    /// Trying again is of no use.
    case permanent(Cause)
    /// All was sent and no answer came. Sending again may make two mails; they have the same
    /// Message-ID.
    case unknown
  }

  package enum Cause: Sendable, Hashable {
    /// The server's three digits, such as 550 for a mailbox that does not exist.
    case reply(Int)
    case unreachable
    /// The server offers no TLS, or its certificate is not good.
    case insecure
    case loginRefused
    case cancelled
    /// Our own mistake: a host or recipient list that cannot be used.
    case malformed
  }

  package let host: String
  package let port: UInt16
  package var encryption = Encryption.required
  package var login: TransferPlan.Login?
  /// What we call ourselves to the server; its own name of us where empty.
  package var ownName = ""
  package var timeouts = TransferTimeouts(
    connect: .seconds(10), total: .seconds(120), idle: .seconds(30))
  /// A PEM file that stands for the system's authorities.
  package var authoritiesFile: String?
  /// Its own: libcurl waits for the answer to QUIT on the thread that drives the transfers, and a
  /// mail server that is slow to say goodbye must not hold up calls over HTTP.
  private let transfers = Transfers()

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  package func send(_ message: MailMessage) async -> Outcome {
    guard let plan = plan(message) else { return .permanent(.malformed) }
    return Outcome(await transfers.run(plan))
  }

  private func plan(_ message: MailMessage) -> TransferPlan? {
    guard host.wholeMatch(of: /[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]/) != nil,
      ownName.wholeMatch(of: /[A-Za-z0-9.-]*/) != nil, (1...100).contains(message.recipients.count)
    else { return nil }
    let scheme = encryption == .fromTheStart ? "smtps" : "smtp"
    let level: TransferPlan.Encryption =
      switch encryption {
      case .whereOffered: .whereOffered
      case .required: .required
      case .fromTheStart: .none
      }
    var plan = TransferPlan(
      url: "\(scheme)://\(host):\(port)/\(ownName)",
      exchange: .smtp(
        sender: "<\(message.sender.address)>",
        recipients: message.recipients.map { "<\($0.address)>" }, encryption: level))
    plan.content = .bytes(MIMEWriter.bytes(of: message))
    plan.login = login
    plan.timeouts = timeouts
    plan.authoritiesFile = authoritiesFile
    return plan
  }
}

extension MailServer.Outcome {
  init(_ result: TransferResult) {
    guard let failure = result.failure else {
      self = .accepted
      return
    }
    switch failure {
    case .malformed, .addressRefused, .answerTooLarge, .file: self = .permanent(.malformed)
    case .tls: self = .permanent(.insecure)
    case .loginRefused where !(400..<500).contains(result.status): self = .permanent(.loginRefused)
    case .cancelled where !result.contentWasSent: self = .temporary(.cancelled)
    default:
      switch result.status {
      case 400..<500: self = .temporary(.reply(result.status))
      case 500..<600: self = .permanent(.reply(result.status))
      default: self = result.contentWasSent ? .unknown : .temporary(.unreachable)
      }
    }
  }
}
