import API
import Access
package import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Limits
import PostgreSQL
import Scope
package import Secrets
import Web

/// Showing that one reads the mailbox that one registered with.
enum VerifyEmail {
  struct Form: Sendable {
    let token: SecretToken

    static let fields = Fields(Field("token", .secretToken()), as: Form.init)
  }

  static func perform(_ token: SecretToken, by accounts: Accounts) async throws {
    guard let link = try await AccountLink.find(token, for: [.verifyEmail], by: accounts) else {
      throw AccountLink.Over()
    }
    let now = accounts.now
    try await accounts.database.transaction(in: link.scope) { tx in
      try await link.use(in: tx, now: now)
      let (verified, _) = try await tx.run(
        Command(
          """
          UPDATE accounts SET email_verified_at = coalesce(email_verified_at, \(now))
           WHERE account_id = \(link.scope.id) AND email_key = \(link.email.key)
          """), AccountLink.removeAll(of: .verifyEmail, in: link.scope))
      // The address has changed since the mail was sent.
      guard verified == 1 else { throw AccountLink.Over() }
    }
  }

  // MARK: API

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/auth/verify", "Verify an e-mail address", for: .anybody, takes: Form.fields,
      of: accounts.api, answers: [204: nil], refusals: [410], isExempt: true
    ) { call in
      try await perform(call.form.token, by: accounts)
      return .noContent
    }
  }

  // MARK: Pages

  static func pages(of accounts: Accounts) -> [Route] {
    [
      .page(.get, "/verify/{token}", for: accounts.anybodySeen, of: accounts.site) {
        visit, token in
        let link = try await AccountLink.find(
          SecretToken(token), for: [.verifyEmail], by: accounts)
        guard let link else { return over(visit) }
        return .privatePage(page(link, token, in: visit.frame))
      },
      .page(
        .post, "/verify/{token}", for: accounts.anybodySeen, of: accounts.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { visit, token in
        do {
          try await perform(SecretToken(token), by: accounts)
        } catch is AccountLink.Over {
          return over(visit)
        }
        let next = visit.granted == nil ? Site.signInPath : "/dashboard"
        return .redirect(to: next, saying: .emailVerified, of: visit.site)
      },
    ]
  }

  private static func page(_ link: AccountLink, _ token: String, in frame: Frame) -> HTML {
    Page.sheet(
      title: "Verify your address",
      main: """
        <h1>\(text: "Verify your address")</h1>
        <p class="lede">\(text: "You read the mail of \(link.email.text).")</p>
        <form method="post" action="\(url: "/verify/\(token)")" class="actions">
        <button class="button primary">\(text: "Yes, verify it")</button></form>
        """, in: frame)
  }

  private static func over(_ visit: Visit<AccountSession?>) -> Response {
    let main: HTML =
      switch visit.granted {
      case let session? where session.isVerified:
        """
        <h1>\(text: "Your address is verified already")</h1>
        <p class="actions"><a class="button" href="/dashboard">\(text: "Go to the dashboard")</a></p>
        """
      case _?:
        """
        <h1>\(text: "This link was used already, or is over.")</h1>
        \(SendVerification.button)
        """
      case nil:
        """
        <h1>\(text: "This link was used already, or is over.")</h1>
        <p class="lede">\(text: "Sign in to have a new one sent.")</p>
        <p class="actions"><a class="button" href="\(url: Site.signInPath)">\(text: "Sign in")</a></p>
        """
      }
    return .privatePage(
      Page.sheet(title: "Verify your address", main: main, in: visit.frame), status: 410)
  }
}

extension Kind {
  package static func secretToken() -> Kind<SecretToken> where Value == SecretToken {
    Kind<String>.text(max: 200).map { SecretToken($0) }
  }
}

/// Sending the link to verify an address once more.
enum SendVerification {
  static let path = "/account/verification"

  enum Refusal: UserFacingError, Equatable {
    case alreadyVerified

    var code: String { "already_verified" }
    var status: Int { 409 }
    var userMessage: UserMessage {
      UserMessage("Your address is verified already.", next: "There is nothing to do.")
    }
  }

  private static let perAccount = Allowance("send_verification", 10, per: .seconds(3_600))

  /// Counts the mail, and says what queues it.
  static func prepare(_ session: AccountSession, by accounts: Accounts) async throws -> Command {
    guard !session.isVerified else { throw Refusal.alreadyVerified }
    _ = try await perAccount.take(
      by: "\(session.account)", database: accounts.database, in: session.scope, now: accounts.now)
    return try accounts.send(.verifyEmail, to: session.scope)
  }

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/me/verification", "Send the link to verify your address again",
      for: accounts.signedIn, of: accounts.api, answers: [202: nil], refusals: [409]
    ) { call in
      let mail = try await prepare(call.granted, by: accounts)
      return try await call.transaction(in: call.granted.scope) { tx in
        try await tx.run(mail)
        return .accepted
      }
    }
  }

  static func page(of accounts: Accounts) -> Route {
    .page(
      .post, path, for: accounts.signedIn, of: accounts.site,
      limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
    ) { visit in
      let mail = try await prepare(visit.granted, by: accounts)
      try await accounts.database.run(mail, in: visit.granted.scope)
      return .redirect(to: "/dashboard", saying: .verificationSent, of: visit.site)
    }
  }

  static var button: HTML {
    """
    <form method="post" action="\(url: path)" class="actions">
    <button class="button">\(text: "Send the link again")</button></form>
    """
  }
}
