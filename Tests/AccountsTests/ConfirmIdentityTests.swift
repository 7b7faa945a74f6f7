import FoundationEssentials
import HTTPServer
import Limits
import Scope
import TestSupport
import Testing

@testable import Accounts

@Suite struct `Saying once more who is there` {
  @Test func `takes the password, and gives the browser another cookie`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let stranger = try await at.openAccount()
    at.wait(3_600)
    await #expect(throws: CurrentPassword.Refusal.wrongPassword) {
      try await ConfirmIdentity.perform(
        .init(password: "a stork in March", code: nil), person.session, by: at.accounts)
    }
    #expect(try await at.session(person.token)?.confirmedAt == person.session.confirmedAt)

    let cookie = try await ConfirmIdentity.perform(
      .init(password: AccountsPlace.password, code: nil), person.session, by: at.accounts)
    let session = try await at.session(cookie?.value ?? "")
    #expect(session?.confirmedAt == at.accounts.now)
    #expect(session?.id == person.session.id)
    #expect(try await at.session(person.token) == nil)
    #expect(
      try await at.session(stranger.token)?.confirmedAt == stranger.session.confirmedAt)
  }

  @Test func `takes the second factor too, where there is one`() async throws {
    let at = try await AccountsPlace()
    let on = try await at.turnOn(try await at.openAccount())
    let (session, password) = (on.person.session, AccountsPlace.password)
    await #expect(throws: SignIn.Refusal.secondFactorNeeded) {
      try await ConfirmIdentity.perform(
        .init(password: password, code: nil), session, by: at.accounts)
    }
    await #expect(throws: SignIn.Refusal.wrongCode) {
      try await ConfirmIdentity.perform(
        .init(password: password, code: "000000"), session, by: at.accounts)
    }
    #expect(try await at.session(on.person.token)?.confirmedAt == session.confirmedAt)
    let code = on.app.code(at: at.accounts.now)
    _ = try await ConfirmIdentity.perform(
      .init(password: password, code: code), session, by: at.accounts)
  }

  @Test func `makes who guesses wait`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    for _ in 1...10 {
      await #expect(throws: CurrentPassword.Refusal.wrongPassword) {
        try await ConfirmIdentity.perform(
          .init(password: "a stork in March", code: nil), person.session, by: at.accounts)
      }
    }
    let right = ConfirmIdentity.Form(password: AccountsPlace.password, code: nil)
    await #expect(throws: TooManyRequests.self) {
      try await ConfirmIdentity.perform(right, person.session, by: at.accounts)
    }
    at.wait(3)
    _ = try await ConfirmIdentity.perform(right, person.session, by: at.accounts)
  }
}
