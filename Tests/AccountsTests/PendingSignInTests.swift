import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope
import Secrets
import TestSupport
import Testing

@testable import Accounts

@Suite struct `A sign-in that waits for its code` {
  private func begin(_ person: SignedIn, _ at: AccountsPlace) async throws -> String {
    let query = Query<String>(
      "SELECT password_hash FROM accounts WHERE account_id = \(person.scope.id)"
    ) { row throws(RowError) in try row.get("password_hash") }
    let hash = try await at.accounts.database.one(query, in: person.scope)
    let shown = ShownPassword(
      account: person.scope.id, hash: try #require(PasswordHash(hash)))
    return try PendingSignIn.begin(shown, by: at.accounts)?.value ?? ""
  }

  @Test func `is its account's for five minutes`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let token = try await begin(person, at)
    at.wait(299)
    #expect(try await PendingSignIn.of(token, by: at.accounts)?.shown.account == person.scope.id)
    at.wait(1)
    #expect(try await PendingSignIn.of(token, by: at.accounts) == nil)
  }

  @Test func `is over when the password is changed`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let token = try await begin(person, at)
    let hash = try await at.accounts.passwords.hash("a swift in April")
    try await at.database.run(
      Command(
        "UPDATE accounts SET password_hash = \(hash.text) WHERE account_id = \(person.scope.id)"),
      in: person.scope)
    #expect(try await PendingSignIn.of(token, by: at.accounts) == nil)
  }

  @Test func `is not made by others, changed, or made of another token of ours`() async throws {
    let at = try await AccountsPlace()
    let (person, other) = (try await at.openAccount(), try await at.openAccount())
    let now = Int(at.accounts.now.timeIntervalSince1970)
    let token = try await begin(person, at)
    let theirs = try await begin(other, at)
    let parts = token.split(separator: ".").map(String.init)
    let swapped = [parts[0], String(theirs.split(separator: ".")[1]), parts[2]]
    let claims = JWT.Claims(
      subject: "\(person.scope.id)", id: "x", issuedAt: now, expiresAt: now + 300)
    let stranger = JWT(
      keys: [.random()], issuer: "http://martlet.example", audience: "second factor")
    let access = try at.accounts.accessTokens.token(
      of: person.scope.id, session: person.session.id, now: at.accounts.now)
    let forged = [
      "", "x", parts[0] + "." + parts[1] + ".", swapped.joined(separator: "."),
      try stranger.sign(claims), access, try at.accounts.pendingTokens.sign(claims),
    ]
    for token in forged { #expect(try await PendingSignIn.of(token, by: at.accounts) == nil) }
    #expect(try await PendingSignIn.of(token, by: at.accounts) != nil)
  }

  @Test func `opens no session`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let token = try await begin(person, at)
    #expect(at.accounts.accessTokens.proof(in: token, now: at.accounts.now) == nil)
    #expect(try await at.session(token) == nil)
  }
}
