#if DEBUG
  import Fields
  import FoundationEssentials
  import PostgreSQL
  import Scope
  import Secrets
  import Testing

  @testable import Accounts

  @Suite struct `A link in a mail` {
    @Test func `is found for its purpose and its account, until it is over`() async throws {
      let all = try await TestAccounts()
      let good = try await all.mine.link(.verifyEmail)
      let over = try await all.mine.link(.verifyEmail, for: -1)
      let found = try await AccountLink.find(good, for: [.verifyEmail], by: all.accounts)
      #expect(found?.scope.id == all.mine.scope.id)
      #expect(found?.email == all.mine.email)
      #expect(
        try await AccountLink.find(good, for: [.resetPassword], by: all.accounts) == nil)
      #expect(try await AccountLink.find(over, for: [.verifyEmail], by: all.accounts) == nil)
      let unknown = SecretToken.random()
      #expect(try await AccountLink.find(unknown, for: [.verifyEmail], by: all.accounts) == nil)
    }

    @Test func `is used by one of many at once`() async throws {
      let all = try await TestAccounts()
      let token = try await all.mine.link(.verifyEmail)
      let accounts = all.accounts
      let won = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<20 {
          group.addTask { await succeeds { try await VerifyEmail.perform(token, by: accounts) } }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(won == 1)
    }

    @Test func `of another account outlives those of mine`() async throws {
      let all = try await TestAccounts()
      for account in [all.mine, all.theirs] {
        for purpose in [AccountLink.Purpose.verifyEmail, .resetPassword] {
          _ = try await account.link(purpose)
        }
      }
      let scope = all.mine.scope
      try await all.database.run(AccountLink.removeAll(of: .verifyEmail, in: scope), in: scope)
      #expect(try await all.mine.linkCount() == 1)
      try await all.database.run(AccountLink.removeAll(in: scope), in: scope)
      #expect(try await all.mine.linkCount() == 0)
      #expect(try await all.theirs.linkCount() == 2)
    }
  }

  @Suite struct `Verifying an address` {
    private func forget(_ account: TestAccount) async throws {
      try await account.accounts.database.run(
        Command(
          "UPDATE accounts SET email_verified_at = NULL WHERE account_id = \(account.scope.id)"),
        in: account.scope)
    }

    @Test func `is true of the account whose link it was, and ends its other links`() async throws {
      let all = try await TestAccounts()
      for account in [all.mine, all.theirs] { try await forget(account) }
      let token = try await all.mine.link(.verifyEmail)
      _ = try await all.mine.link(.verifyEmail)
      try await VerifyEmail.perform(token, by: all.accounts)
      #expect(try await all.mine.row().isVerified)
      #expect(try await all.mine.linkCount() == 0)
      #expect(try await !all.theirs.row().isVerified)
    }

    @Test func `needs a link to the address that the account has now`() async throws {
      let all = try await TestAccounts()
      try await forget(all.mine)
      let token = try await all.mine.link(.verifyEmail, to: EmailAddress("old@example.com"))
      await #expect(throws: AccountLink.Over.self) {
        try await VerifyEmail.perform(token, by: all.accounts)
      }
      #expect(try await !all.mine.row().isVerified)
    }
  }

  @Suite struct `Resetting a password` {
    private func form(_ token: SecretToken, _ password: String = "a cloud of starlings")
      -> ResetPassword.Form
    { ResetPassword.Form(token: token, password: password) }

    @Test func `ends every session and every link of the account, and no other's`() async throws {
      let all = try await TestAccounts()
      try await all.mine.openSession()
      _ = try await all.mine.link(.verifyEmail)
      _ = try await all.theirs.link(.resetPassword)
      let token = try await all.mine.link(.resetPassword)
      try await ResetPassword.perform(form(token), by: all.accounts)
      #expect(try await all.mine.sessionCount() == 0)
      #expect(try await all.mine.linkCount() == 0)
      #expect(try await all.theirs.sessionCount() == 1)
      #expect(try await all.theirs.linkCount() == 1)
      await #expect(throws: AccountLink.Over.self) {
        try await ResetPassword.perform(form(token), by: all.accounts)
      }
    }

    @Test func `makes the new password the right one, and the old one wrong`() async throws {
      let all = try await TestAccounts()
      let token = try await all.mine.link(.resetPassword)
      try await ResetPassword.perform(form(token), by: all.accounts)
      let facts = try #require(
        try await all.database.first(SignInFacts.find(all.mine.email), in: Guard.anybody()))
      let passwords = all.accounts.passwords
      #expect(
        try await passwords.verify("a cloud of starlings", against: facts.passwordHash) == .right)
      #expect(
        try await passwords.verify(TestAccount.password, against: facts.passwordHash) == .wrong)
    }

    @Test func `keeps the link when the password is refused`() async throws {
      let all = try await TestAccounts()
      let token = try await all.mine.link(.resetPassword)
      await #expect(throws: InvalidInput.self) {
        try await ResetPassword.perform(form(token, "password1234"), by: all.accounts)
      }
      try await ResetPassword.perform(form(token), by: all.accounts)
    }

    @Test func `needs a link to the address that the account has now`() async throws {
      let all = try await TestAccounts()
      let token = try await all.mine.link(.resetPassword, to: EmailAddress("old@example.com"))
      await #expect(throws: AccountLink.Over.self) {
        try await ResetPassword.perform(form(token), by: all.accounts)
      }
      #expect(try await all.mine.sessionCount() == 1)
    }
  }

  /// Whether something is done, rather than refused.
  func succeeds(_ body: () async throws -> Void) async -> Bool {
    do {
      try await body()
      return true
    } catch {
      return false
    }
  }
#endif
