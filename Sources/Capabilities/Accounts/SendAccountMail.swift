import FoundationEssentials
package import HTML
package import Jobs
import Mail
package import Notices
import PostgreSQL
package import Scope
import Secrets

/// Sends the mails about accounts that wait in the queue. Runs in a worker process.
package struct SendAccountMail: Sendable {
  private let database: Database
  private let context: Context
  private let languages: Languages
  private let letterhead: Letterhead
  private let baseURL: String
  private let post: Postman

  /// - Parameter baseURL: The platform's own, where every link leads: never what a request called us.
  package init(
    database: Database, context: Context, languages: Languages, letterhead: Letterhead,
    baseURL: String, post: Postman
  ) {
    self.database = database
    self.context = context
    self.languages = languages
    self.letterhead = letterhead
    self.baseURL = baseURL
    self.post = post
  }

  package static let jobName = AccountMail.job.name

  package var handler: JobHandler {
    JobHandler(AccountMail.job) { mail, running in
      try await perform(mail, job: running.id)
    }
  }

  /// Without an account or an address there is nobody to tell, and the job ends.
  func perform(_ mail: AccountMail, job: Int) async throws {
    guard let message = try await message(for: mail, job: job) else { return }
    try await post.deliver(message)
  }

  private func message(for mail: AccountMail, job: Int) async throws -> MailMessage? {
    let scope = Guard.job(for: ID<Account>(mail.account))
    let now = context.now()
    let token = SecretToken.random()
    let row: AccountRow? = try await database.transaction(in: scope) { tx in
      guard let row = try await tx.first(AccountRow.find(in: scope)), row.expects(mail) else {
        return nil
      }
      if let purpose = mail.kind.linkPurpose {
        let address = mail.address ?? row.email
        _ = try await tx.run(
          AccountLink.remove(purpose, madeBefore: mail.at, in: scope),
          AccountLink.insert(token, for: purpose, sentTo: address, in: scope, now: now))
      }
      return row
    }
    guard let row else { return nil }
    guard let recipient = MailAddress(mail.address ?? row.email) else {
      throw JobError.givenUp("the address is none that a mail server knows")
    }
    let notice = AccountNotices(
      mail: mail, name: row.name, brand: letterhead.brand,
      zone: TimeZone(identifier: row.timeZone) ?? .gmt, baseURL: baseURL,
      linkPath: mail.kind.linkPurpose?.path(token) ?? "/"
    ).notice()
    return notice.mail(
      on: letterhead, to: recipient,
      in: row.language.flatMap { languages.named($0) } ?? languages.english, sentAt: now,
      id: try messageID(of: mail, job: job))
  }

  /// The same for every attempt, so that a mail that comes twice is known to be one.
  private func messageID(of mail: AccountMail, job: Int) throws -> MessageID {
    let text = "account.\(job).\(Int(mail.at.timeIntervalSince1970))"
    guard let id = MessageID(text) else { throw JobError.givenUp("no message id: \(text)") }
    return id
  }
}

extension AccountRow {
  /// Nobody verifies twice, and an erased account has no address.
  fileprivate func expects(_ mail: AccountMail) -> Bool {
    if email.isEmpty { return false }
    return !(mail.kind == .verifyEmail && isVerified)
  }
}

extension AccountMail.Kind {
  /// What a link in the mail is for; nil where the mail only tells.
  var linkPurpose: AccountLink.Purpose? {
    switch self {
    case .welcome, .verifyEmail: .verifyEmail
    case .resetPassword: .resetPassword
    case .leaveEmail: .leaveEmail
    case .takeEmail: .takeEmail
    case .newDevice, .passwordChanged, .emailChanged, .secondFactorOn, .secondFactorOff: nil
    }
  }
}
