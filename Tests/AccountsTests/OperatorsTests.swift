import FoundationEssentials
import PostgreSQL
import Scope
import Secrets
import TestSupport
import Testing

@testable import Accounts

@Suite struct `The platform's people` {
  @Test func `are made with an account whose password a link sets`() async throws {
    let at = try await AccountsPlace()
    guard case .invited(let token) = try await at.operators.add("Ada@Example.com", name: "Ada")
    else { return #expect(Bool(false), "there was no such account") }
    #expect(
      try await at.operators.all()
        == [.init(email: "Ada@Example.com", name: "Ada", hasSecondFactor: false)])
    let owner = Query<ID<Account>?>(
      "SELECT app.account_link_owner(\(Bytes(token.hash))) AS account_id"
    ) { row throws(RowError) in try row.get("account_id") }
    let facts = try await at.database.first(
      SignInFacts.find(EmailAddress("ada@example.com")), in: Guard.anybody())
    #expect(try await at.database.one(owner, in: Guard.anybody()) == facts?.account)
    #expect(facts?.passwordHash == nil)
    // Who lost the link gets another.
    guard case .invited = try await at.operators.add("ada@example.com", name: "") else {
      return #expect(Bool(false), "nobody has set the password yet")
    }
  }

  @Test func `are made of who has an account, and sign in anew`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let other = try await at.openAccount()
    guard case .promoted = try await at.operators.add(person.session.email, name: "") else {
      return #expect(Bool(false), "the account has a password")
    }
    #expect(try await at.session(person.token) == nil)
    #expect(try await at.session(other.token)?.isOperator == false)
    let again = try await at.signIn(person.scope)
    #expect(again.session.isOperator)
  }

  @Test func `are not made of an address that nobody has verified`() async throws {
    let at = try await AccountsPlace()
    let squatter = try await at.openAccount(isVerified: false)
    await #expect(throws: Operators.Refusal.addressNotVerified) {
      try await at.operators.add(squatter.session.email, name: "")
    }
    await #expect(throws: Operators.Refusal.notAnAddress) {
      try await at.operators.add("ada", name: "")
    }
    #expect(try await at.operators.all() == [])
  }

  @Test func `are signed out when they are no longer`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let other = try await at.openAccount()
    _ = try await at.operators.add(person.session.email, name: "")
    let session = try await at.signIn(person.scope)
    #expect(try await !at.operators.remove(other.session.email))
    #expect(try await at.operators.remove(person.session.email))
    #expect(try await at.session(session.token) == nil)
    #expect(try await at.session(other.token) != nil)
    #expect(try await at.operators.all() == [])
    #expect(try await !at.operators.remove(person.session.email))
  }

  @Test func `get to all shops only with their second factor`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    _ = try await at.operators.add(person.session.email, name: "")
    let session = try await at.signIn(person.scope)
    #expect(Guard.operator(session.session) == nil)
    let on = try await at.turnOn(session)
    #expect(Guard.operator(on.person.session) != nil)
    let stranger = try await at.turnOn(try await at.openAccount())
    #expect(Guard.operator(stranger.person.session) == nil)
  }
}
