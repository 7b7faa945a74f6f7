package import IPAddresses

/// What libcurl is asked to do, as plain values.
package struct TransferPlan: Sendable {
  package enum Exchange: Sendable {
    /// - Parameter headers: Whole lines, `Name: value`, free of control characters.
    case http(method: String, headers: [String])
    /// - Parameter isEncrypted: What STARTTLS must have brought about before anything is said.
    case smtp(sender: String, recipients: [String], encryption: Encryption)
  }
  package enum Encryption: Sendable { case none, whereOffered, required }
  package enum Content: Sendable {
    case bytes([UInt8])
    case file(path: String)
  }
  package enum Destination: Sendable {
    case memory
    /// Written anew. Only the body of a 2xx answer goes there, and it stays only when it is whole.
    case file(path: String)
  }
  package struct Login: Sendable {
    let name: String
    let password: String
    package init(name: String, password: String) {
      self.name = name
      self.password = password
    }
  }

  package var url: String
  package var exchange: Exchange
  package var content: Content?
  package var destination = Destination.memory
  package var login: Login?
  package var timeouts = TransferTimeouts()
  /// Of an answer's body that is kept in memory, or in the file.
  package var maximumAnswerBytes = 1 << 20
  /// Asked about each address before a socket is made for it, and again about the peer of the
  /// connection before the request is sent.
  package var allowsAddress: (@Sendable (IPAddress) -> Bool)?
  /// Neither takes a connection that others used nor leaves one behind. libcurl sends a request a
  /// second time, whatever its method, when the connection that it took over turns out to be dead.
  package var hasOwnConnection = false
  /// A PEM file that stands for the system's authorities.
  package var authoritiesFile: String?
  /// `host:port:address` each, which libcurl then does not look up.
  package var knownAddresses: [String] = []

  package init(url: String, exchange: Exchange) {
    self.url = url
    self.exchange = exchange
  }
}

package struct TransferTimeouts: Sendable, Equatable {
  /// Name look-up, connection and TLS together.
  package var connect: Duration
  package var total: Duration
  /// Without a byte in either direction. Whole seconds, rounded up.
  package var idle: Duration

  package init(
    connect: Duration = .seconds(5), total: Duration = .seconds(30), idle: Duration = .seconds(15)
  ) {
    self.connect = connect
    self.total = total
    self.idle = idle
  }
}

/// What came of a transfer. Fields are as far as it went, whether it failed or not.
package struct TransferResult: Sendable {
  package var failure: TransferFailure?
  /// The last answer's; 0 when there was none.
  package var status = 0
  /// The last answer's, without its status line; all the server's lines with SMTP.
  package var headerLines: [String] = []
  package var body: [UInt8] = []
  /// Of the body, wherever it went.
  package var bodySize = 0
  /// Whether a connection stood and the request was about to be written to it. Until then nothing
  /// of it can have arrived.
  package var requestBegan = false
  /// Whether all of the content was handed over for sending.
  package var contentWasSent = false
  /// From the answer's `Retry-After`, in either of its forms.
  package var retryAfterSeconds: Int?
  package var usedHTTP2 = false
  package var reusedConnection = false
}

package enum TransferFailure: Error, Sendable, Hashable {
  case malformed
  case addressRefused, nameNotFound, notConnected, tls, timedOut
  /// The connection ended, or what came over it was no answer.
  case broken
  case answerTooLarge, loginRefused, cancelled
  case file(errno: Int32)
  /// libcurl's number of something that should not happen.
  case other(code: UInt32)
}
