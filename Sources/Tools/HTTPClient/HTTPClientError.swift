import Transfers

/// Why there is no answer, and what the caller may believe of the request.
package struct HTTPClientError: Error, Sendable, Hashable {
  package enum Reason: Sendable, Hashable {
    /// Our own mistake: a URL or a field that cannot be sent.
    case malformedRequest
    /// The URL, or an address that its name stands for, is none that strangers may send us to.
    case destinationRefused
    case nameNotFound, notConnected, tls, timedOut
    /// The connection ended before the answer did, or what came was no answer.
    case broken
    case answerTooLarge
    case cancelled
    /// The service failed so often that it is left alone for a while.
    case circuitOpen
    /// As many calls as allowed are under way already.
    case tooManyCalls
    case file(errno: Int32)
    /// A number of libcurl's that should not happen.
    case other(code: UInt32)
  }
  package enum Outcome: Sendable, Hashable {
    /// Nothing of the request left us, in any attempt.
    case notReceived
    /// The service may have done what was asked, and must be asked about it.
    case unknown
  }

  package let reason: Reason
  package let outcome: Outcome
  /// Known where the head of an answer came but not all of its body.
  package var status: Int?
}

extension HTTPClientError.Reason {
  init(_ failure: TransferFailure) {
    switch failure {
    case .malformed: self = .malformedRequest
    case .addressRefused: self = .destinationRefused
    case .nameNotFound: self = .nameNotFound
    case .notConnected: self = .notConnected
    case .tls: self = .tls
    case .timedOut: self = .timedOut
    case .broken: self = .broken
    case .answerTooLarge: self = .answerTooLarge
    case .cancelled: self = .cancelled
    case .file(let number): self = .file(errno: number)
    case .other(let code): self = .other(code: code)
    // Speaking of passwords is for mail servers.
    case .loginRefused: self = .broken
    }
  }

  /// Whether another attempt may fare better.
  var mayPass: Bool {
    switch self {
    case .nameNotFound, .notConnected, .timedOut, .broken: true
    case .malformedRequest, .destinationRefused, .tls, .answerTooLarge, .cancelled, .circuitOpen,
      .tooManyCalls, .file, .other:
      false
    }
  }

  /// For metrics and log lines.
  var name: String {
    switch self {
    case .file(let number): "file_\(number)"
    case .other(let code): "other_\(code)"
    default: "\(self)"
    }
  }
}
