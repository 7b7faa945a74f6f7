import DataKeys
import FoundationEssentials
import HTTPServer
import Limits
import PostgreSQL
import Scope
import TestSupport
import Testing

@testable import Accounts
@testable import Secrets

@Suite struct `A second factor` {
  @Test func `is off until the authenticator's first code`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let app = AuthenticatorApp(try await EnrolSecondFactor.start(person.session, by: at.accounts))
    await #expect(throws: SignIn.Refusal.wrongCode) {
      try await SecondFactor.check(
        app.code(at: at.accounts.now), of: person.scope.id, by: at.accounts)
    }
    await #expect(throws: SignIn.Refusal.wrongCode) {
      try await EnrolSecondFactor.confirm(
        .init(code: app.code(at: at.accounts.now + 90)), person.session, by: at.accounts)
    }
    #expect(try await at.session(person.token)?.hasSecondFactor == false)
    #expect(try await at.mails(to: person) == [])

    let on = try await at.turnOn(person)
    #expect(on.person.session.hasSecondFactor)
    #expect(on.codes.count == 10)
    #expect(try await at.mails(to: person) == ["second_factor_on"])
  }

  @Test func `that was begun twice goes by the second secret`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let first = AuthenticatorApp(
      try await EnrolSecondFactor.start(person.session, by: at.accounts))
    let second = try await EnrolSecondFactor.start(person.session, by: at.accounts)
    #expect(
      try await EnrolSecondFactor.waiting(person.session, by: at.accounts)?.secret == second.secret)
    await #expect(throws: SignIn.Refusal.wrongCode) {
      try await EnrolSecondFactor.confirm(
        .init(code: first.code(at: at.accounts.now)), person.session, by: at.accounts)
    }
    _ = try await EnrolSecondFactor.confirm(
      .init(code: AuthenticatorApp(second).code(at: at.accounts.now)), person.session,
      by: at.accounts)
  }

  @Test func `is not set up over one that is on, nor without being begun`() async throws {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    await #expect(throws: SecondFactor.Refusal.notStarted) {
      try await EnrolSecondFactor.confirm(.init(code: "123456"), person.session, by: at.accounts)
    }
    let on = try await at.turnOn(person)
    await #expect(throws: SecondFactor.Refusal.alreadyOn) {
      try await EnrolSecondFactor.start(on.person.session, by: at.accounts)
    }
    await #expect(throws: SecondFactor.Refusal.alreadyOn) {
      try await EnrolSecondFactor.confirm(
        .init(code: on.app.code(at: at.accounts.now)), on.person.session, by: at.accounts)
    }
    #expect(try await EnrolSecondFactor.waiting(on.person.session, by: at.accounts) == nil)
  }

  @Test func `takes a code once, and none that is older`() async throws {
    let at = try await AccountsPlace()
    let on = try await at.turnOn(try await at.openAccount())
    let id = on.person.scope.id
    let (now, next) = (at.accounts.now, at.accounts.now + 30)
    try await SecondFactor.check(on.app.code(at: next), of: id, by: at.accounts)
    for moment in [next, now] {
      await #expect(throws: SignIn.Refusal.wrongCode) {
        try await SecondFactor.check(on.app.code(at: moment), of: id, by: at.accounts)
      }
    }
    at.wait(60)
    try await SecondFactor.check(on.app.code(at: at.accounts.now), of: id, by: at.accounts)
  }

  @Test func `takes a code from one of fifty who come with it at once`() async throws {
    let at = try await AccountsPlace()
    let on = try await at.turnOn(try await at.openAccount())
    let digits = SecondFactorCode(on.app.code(at: at.accounts.now))!
    let recovery = SecondFactorCode(on.codes[0])!
    for code in [digits, recovery] {
      #expect(try await rightOnes(of: 50, with: code, on.person, at) == 1)
    }
    #expect(
      try await at.database.one(
        SecondFactor.codesLeft(in: on.person.scope), in: on.person.scope) == 9)
  }

  private func rightOnes(
    of count: Int, with code: SecondFactorCode, _ person: SignedIn, _ at: AccountsPlace
  ) async throws -> Int {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 1...count {
        group.addTask { try await SecondFactor.spend(code, in: person.scope, by: at.accounts) }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }

  @Test func `takes each recovery code once`() async throws {
    let at = try await AccountsPlace()
    let on = try await at.turnOn(try await at.openAccount())
    for code in on.codes {
      try await SecondFactor.check(code, of: on.person.scope.id, by: at.accounts)
      await #expect(throws: SignIn.Refusal.wrongCode) {
        try await SecondFactor.check(code, of: on.person.scope.id, by: at.accounts)
      }
    }
  }

  @Test func `is no other account's`() async throws {
    let at = try await AccountsPlace()
    let mine = try await at.turnOn(try await at.openAccount())
    let theirs = try await at.turnOn(try await at.openAccount())
    for code in [theirs.app.code(at: at.accounts.now), theirs.codes[0]] {
      await #expect(throws: SignIn.Refusal.wrongCode) {
        try await SecondFactor.check(code, of: mine.person.scope.id, by: at.accounts)
      }
    }
    // Theirs are as they were.
    try await SecondFactor.check(theirs.codes[0], of: theirs.person.scope.id, by: at.accounts)
    let count = try await at.database.one(
      SecondFactor.codesLeft(in: mine.person.scope), in: theirs.person.scope)
    #expect(count == 0)
    #expect(
      try await at.database.first(
        Authenticator.find(in: mine.person.scope), in: theirs.person.scope) == nil)
  }

  @Test func `put into another account's row opens nothing`() async throws {
    let at = try await AccountsPlace()
    let mine = try await at.turnOn(try await at.openAccount())
    let theirs = try await at.turnOn(try await at.openAccount())
    let known = try await at.database.one(
      Authenticator.find(in: theirs.person.scope), in: theirs.person.scope)
    let key = try await at.accounts.dataKeys.key(of: theirs.person.scope)
    #expect(throws: SealError.notAuthentic) { try known.secret(by: key, in: mine.person.scope) }
    #expect(try known.secret(by: key, in: theirs.person.scope).count == TOTP.secretByteCount)
  }

  @Test func `makes who guesses wait, and forgets it with the right code`() async throws {
    let at = try await AccountsPlace()
    let on = try await at.turnOn(try await at.openAccount())
    let id = on.person.scope.id
    for _ in 1...5 {
      await #expect(throws: SignIn.Refusal.wrongCode) {
        try await SecondFactor.check("000000", of: id, by: at.accounts)
      }
    }
    await #expect(throws: TooManyRequests.self) {
      try await SecondFactor.check(on.codes[0], of: id, by: at.accounts)
    }
    at.wait(3)
    try await SecondFactor.check(on.codes[0], of: id, by: at.accounts)
    for _ in 1...5 {
      await #expect(throws: SignIn.Refusal.wrongCode) {
        try await SecondFactor.check("000000", of: id, by: at.accounts)
      }
    }
  }

  @Test func `turned on or off gives the browser another cookie, and ends no session`() async throws
  {
    let at = try await AccountsPlace()
    let person = try await at.openAccount()
    let other = try await at.signIn(person.scope)
    let on = try await at.turnOn(person)
    #expect(try await at.session(person.token) == nil)
    #expect(on.person.session.id == person.session.id)
    #expect(try await at.session(other.token) != nil)

    let cookie = try await TurnOffSecondFactor.perform(
      .init(code: on.codes[0]), on.person.session, by: at.accounts)
    #expect(try await at.session(on.person.token) == nil)
    let session = try await at.session(cookie?.value ?? "")
    #expect(session?.id == person.session.id)
    #expect(session?.hasSecondFactor == false)
    #expect(try await at.session(other.token) != nil)
    #expect(try await at.mails(to: person) == ["second_factor_on", "second_factor_off"])
  }

  @Test func `stays on after a wrong code, and takes its recovery codes with it`() async throws {
    let at = try await AccountsPlace()
    let on = try await at.turnOn(try await at.openAccount())
    await #expect(throws: SignIn.Refusal.wrongCode) {
      try await TurnOffSecondFactor.perform(
        .init(code: "000000"), on.person.session, by: at.accounts)
    }
    #expect(try await at.session(on.person.token)?.hasSecondFactor == true)
    _ = try await TurnOffSecondFactor.perform(
      .init(code: on.codes[0]), on.person.session, by: at.accounts)
    let scope = on.person.scope
    #expect(try await at.database.one(SecondFactor.codesLeft(in: scope), in: scope) == 0)
    await #expect(throws: SignIn.Refusal.wrongCode) {
      try await SecondFactor.check(on.codes[1], of: scope.id, by: at.accounts)
    }
  }

  @Test func `gets new recovery codes for one of it, and the old ones are over`() async throws {
    let at = try await AccountsPlace()
    let on = try await at.turnOn(try await at.openAccount())
    let id = on.person.scope.id
    let new = try await RenewRecoveryCodes.perform(
      .init(code: on.codes[0]), on.person.session, by: at.accounts)
    #expect(Set(new.recoveryCodes).isDisjoint(with: on.codes))
    await #expect(throws: SignIn.Refusal.wrongCode) {
      try await SecondFactor.check(on.codes[1], of: id, by: at.accounts)
    }
    try await SecondFactor.check(new.recoveryCodes[0], of: id, by: at.accounts)
    let plain = try await at.openAccount()
    await #expect(throws: SecondFactor.Refusal.notOn) {
      try await RenewRecoveryCodes.perform(
        .init(code: on.codes[2]), plain.session, by: at.accounts)
    }
  }
}
