import Access
import FoundationEssentials
package import HTML
package import Jobs
import Mail
package import Notices
import PostgreSQL
package import Scope
import Secrets

/// Sends the mails about work in shops that wait in the queue. Runs in a worker process.
package struct SendShopMail: Sendable {
  private let database: Database
  private let context: Context
  private let languages: Languages
  private let letterhead: Letterhead
  private let baseURL: String
  private let post: Postman

  /// - Parameter baseURL: The platform's own, where every link leads.
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

  package var handler: JobHandler {
    JobHandler(ShopMail.job) { mail, running in
      try await perform(mail, job: running.id)
    }
  }

  /// What is no longer so, such as an invitation that was withdrawn, is not told, and the job ends.
  func perform(_ mail: ShopMail, job: Int) async throws {
    guard let letter = try await letter(for: mail) else { return }
    guard let address = MailAddress(letter.recipient.email) else {
      throw JobError.givenUp("the address is none that a mail server knows")
    }
    let text = "shop.\(job).\(Int(mail.at.timeIntervalSince1970))"
    guard let id = MessageID(text) else { throw JobError.givenUp("no message id: \(text)") }
    let language = letter.recipient.language.flatMap { languages.named($0) } ?? languages.english
    try await post.deliver(
      letter.notices.notice().mail(
        on: letterhead, to: address, in: language, sentAt: context.now(), id: id))
  }

  private struct Letter: Sendable {
    let recipient: Recipient
    let notices: ShopNotices
  }

  private func letter(for mail: ShopMail) async throws -> Letter? {
    mail.kind == .invitation ? try await invitation(mail) : try await news(mail)
  }

  private func invitation(_ mail: ShopMail) async throws -> Letter? {
    let scope = Guard.job(for: ID<Shop>(mail.shop))
    let (now, token) = (context.now(), SecretToken.random())
    return try await database.transaction(in: scope) { tx in
      let find = Invitation.find(ID(mail.recipient), in: scope, now: now)
      guard let invitation = try await tx.first(find) else { return nil }
      try await tx.run(Invitation.keep(token, of: invitation.id, in: scope))
      let (shops, team) = try await tx.run(ShopRow.find(in: scope), TeamMember.all())
      guard let shop = shops.first else { return nil }
      var mail = mail
      mail.role = invitation.role
      let inviter = team.first { $0.account == invitation.invitedBy }
      return Letter(
        recipient: Recipient(
          email: invitation.email, language: invitation.language, timeZone: "UTC"),
        notices: notices(
          mail, shop, inviter?.name ?? "", linkPath: AcceptInvitation.path(token)))
    }
  }

  private func news(_ mail: ShopMail) async throws -> Letter? {
    let account = Guard.job(for: ID<Account>(mail.recipient))
    let scope = Guard.job(for: ID<Shop>(mail.shop))
    let known = try await database.first(Recipient.find(in: account), in: account)
    let (shops, team) = try await database.transaction(in: scope) { tx in
      try await tx.run(ShopRow.find(in: scope), TeamMember.all())
    }
    guard let recipient = known, let shop = shops.first else { return nil }
    let other = team.first { $0.account.uuid == mail.other }
    // Who came has left again.
    if mail.kind == .invitationAccepted, other == nil { return nil }
    return Letter(
      recipient: recipient,
      notices: notices(mail, shop, other?.shownName ?? "", zone: recipient.timeZone))
  }

  private func notices(
    _ mail: ShopMail, _ shop: ShopRow, _ other: String, zone: String = "UTC",
    linkPath: String = "/"
  ) -> ShopNotices {
    ShopNotices(
      mail: mail, shop: shop, other: other, isRecipientOther: mail.other == mail.recipient,
      zone: TimeZone(identifier: zone) ?? .gmt, baseURL: baseURL, linkPath: linkPath)
  }
}

/// Where a mail goes, and how its reader reads.
private struct Recipient: Sendable {
  let email: String
  let language: String?
  let timeZone: String

  /// No row of an account that was erased.
  static func find(in account: AccountScope) -> Query<Recipient> {
    Query(
      """
      SELECT email, language, time_zone FROM accounts
       WHERE account_id = \(account.id) AND state = 'active' AND email IS NOT NULL
      """
    ) { row throws(RowError) in
      Recipient(
        email: try row.get("email"), language: try row.get("language"),
        timeZone: try row.get("time_zone"))
    }
  }
}
