import Jobs
package import Mail

/// Hands mails over, in a job, and says by its error whether another attempt is worth it.
package struct Postman: Sendable {
  private let post: @Sendable (MailMessage) async -> MailServer.Outcome

  /// - Parameter post: Hands a mail to the server that delivers it.
  package init(_ post: @escaping @Sendable (MailMessage) async -> MailServer.Outcome) {
    self.post = post
  }

  package func deliver(_ message: MailMessage) async throws {
    let outcome = await post(message)
    switch outcome {
    case .accepted: return
    case .permanent(.reply), .permanent(.malformed):
      throw JobError.givenUp("the mail server does not take it: \(outcome)")
    case .temporary, .unknown, .permanent:
      // A refused login or certificate is mended in the settings, not by giving mails up.
      throw NotSent(outcome: outcome)
    }
  }

  package struct NotSent: Error, CustomStringConvertible {
    let outcome: MailServer.Outcome
    package var description: String { "not sent, \(outcome)" }
  }
}
