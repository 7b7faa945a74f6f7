#if DEBUG
  import FoundationEssentials
  import HTTPServer
  import PostgreSQL
  import Scope
  import Secrets
  import Testing
  import Web

  @testable import Accounts

  @Suite struct `Changing a password` {
    private func change(
      _ current: String, of account: TestAccount, to new: String = "a cloud of starlings"
    ) async throws {
      let form = ChangePassword.Form(current: current, new: new)
      let (session, accounts) = (account.session, account.accounts)
      let command = try await ChangePassword.prepare(form, of: session, by: accounts)
      try await accounts.database.transaction(in: account.scope) { tx in
        try await ChangePassword.perform(command, of: session, in: tx, by: accounts)
      }
    }

    @Test func `ends every other session of the account, and no other's`() async throws {
      let all = try await TestAccounts()
      for account in [all.mine, all.theirs] { try await account.openSession() }
      try await change(TestAccount.password, of: all.mine)
      let left: UUID = try await all.mine.one(
        "SELECT session_id FROM account_sessions WHERE account_id = \(all.mine.scope.id)")
      #expect(left == all.mine.session.id.uuid)
      #expect(try await all.theirs.sessionCount() == 2)
    }

    @Test func `needs the current password`() async throws {
      let all = try await TestAccounts()
      try await all.mine.openSession()
      await #expect(throws: CurrentPassword.Refusal.wrongPassword) {
        try await change("a guess at it", of: all.mine)
      }
      #expect(try await all.mine.sessionCount() == 2)
    }

    @Test func `is done by one of two who prove themselves with the same password`() async throws {
      let all = try await TestAccounts()
      let (mine, accounts) = (all.mine, all.accounts)
      let form = ChangePassword.Form(current: TestAccount.password, new: "a cloud of starlings")
      let first = try await ChangePassword.prepare(form, of: mine.session, by: accounts)
      let second = try await ChangePassword.prepare(form, of: mine.session, by: accounts)
      try await accounts.database.transaction(in: mine.scope) { tx in
        try await ChangePassword.perform(first, of: mine.session, in: tx, by: accounts)
      }
      await #expect(throws: CurrentPassword.Refusal.wrongPassword) {
        try await accounts.database.transaction(in: mine.scope) { tx in
          try await ChangePassword.perform(second, of: mine.session, in: tx, by: accounts)
        }
      }
    }

    @Test func `gives the browser a new cookie, and the old one is worth nothing`() async throws {
      let all = try await TestAccounts()
      let before: Bytes = try await hash(of: all.mine)
      let (session, accounts) = (all.mine.session, all.accounts)
      let cookie = try await all.database.transaction(in: all.mine.scope) { tx in
        try await accounts.renewBrowserSession(session, in: tx)
      }
      let after: Bytes = try await hash(of: all.mine)
      #expect(after.array != before.array)
      #expect(after.array == SecretToken(try #require(cookie).value).hash)
      let old = try await Guard.session(
        .cookie(hash: before.array), at: accounts.now, database: all.database)
      #expect(old == nil)
    }

    private func hash(of account: TestAccount) async throws -> Bytes {
      try await account.one(
        "SELECT token_hash FROM account_sessions WHERE account_id = \(account.scope.id)")
    }
  }

  @Suite struct `A password that was shown` {
    private func shown(_ account: TestAccount) async throws -> ShownPassword {
      let facts = try #require(
        try await account.accounts.database.first(
          SignInFacts.find(account.email), in: Guard.anybody()))
      return ShownPassword(account: facts.account, hash: try #require(facts.passwordHash))
    }

    @Test func `opens nothing once it is changed`() async throws {
      let all = try await TestAccounts()
      let shown = try await shown(all.mine)
      let form = ResetPassword.Form(
        token: try await all.mine.link(.resetPassword), password: "a cloud of starlings")
      try await ResetPassword.perform(form, by: all.accounts)
      await #expect(throws: SignIn.Refusal.wrongCredentials) {
        try await all.database.transaction(in: all.mine.scope) { tx in
          try await shown.hold(in: tx)
        }
      }
    }

    @Test func `leaves no session when it is changed while one is opened`() async throws {
      let all = try await TestAccounts()
      let shown = try await shown(all.mine)
      let (mine, accounts) = (all.mine, all.accounts)
      let form = ResetPassword.Form(
        token: try await mine.link(.resetPassword), password: "a cloud of starlings")
      let (isHeld, held) = AsyncStream.makeStream(of: Void.self)
      async let opened: Void = accounts.database.transaction(in: mine.scope) { tx in
        try await shown.hold(in: tx)
        held.finish()
        // It waits on purpose, so that a reset that could come in between would.
        try await tx.run(
          Command(
            """
            INSERT INTO account_sessions
              (account_id, session_id, kind, created_at, seen_at, expires_at, confirmed_at)
            SELECT \(mine.scope.id), \(accounts.context.newID(Session.self)), 'api', now(), now(),
                   now() + interval '1 hour', now()
              FROM pg_sleep(0.2)
            """))
      }
      for await _ in isHeld {}
      try await ResetPassword.perform(form, by: accounts)
      try await opened
      #expect(try await mine.sessionCount() == 0)
    }
  }

  @Suite struct `Changing the address` {
    private func ask(_ account: TestAccount, for address: EmailAddress) async throws {
      let (form, session, accounts) = (
        ChangeEmail.Form(email: address), account.session, account.accounts
      )
      try await ChangeEmail.check(form, of: session, by: accounts)
      try await accounts.database.transaction(in: account.scope) { tx in
        try await ChangeEmail.ask(form, of: session, in: tx, by: accounts)
      }
    }

    private func fresh() -> EmailAddress { EmailAddress("New-\(UUID())@example.com") }

    @Test(arguments: [false, true])
    func `happens when both addresses have said so, in any order`(isLeftFirst: Bool) async throws {
      let all = try await TestAccounts()
      let address = fresh()
      try await ask(all.mine, for: address)
      let leave = try await all.mine.link(.leaveEmail)
      let take = try await all.mine.link(.takeEmail, to: address)
      let (first, second) = isLeftFirst ? (leave, take) : (take, leave)
      #expect(try await !ChangeEmail.confirm(first, by: all.accounts))
      #expect(try await all.mine.row().email == all.mine.email.text)
      #expect(try await ChangeEmail.confirm(second, by: all.accounts))
      #expect(try await all.mine.row().email == address.text)
      #expect(try await all.mine.row().isVerified)
      #expect(try await all.theirs.row().email == all.theirs.email.text)
      #expect(try await all.mine.sessionCount() == 1)
    }

    @Test func `ends every link to the old address`() async throws {
      let all = try await TestAccounts()
      let address = fresh()
      try await ask(all.mine, for: address)
      let reset = try await all.mine.link(.resetPassword)
      for token in [
        try await all.mine.link(.leaveEmail), try await all.mine.link(.takeEmail, to: address),
      ] { _ = try await ChangeEmail.confirm(token, by: all.accounts) }
      #expect(try await AccountLink.find(reset, for: [.resetPassword], by: all.accounts) == nil)
    }

    @Test func `to an address that was never verified asks the new one alone`() async throws {
      let all = try await TestAccounts()
      let scope = all.mine.scope
      try await all.database.run(
        Command("UPDATE accounts SET email_verified_at = NULL WHERE account_id = \(scope.id)"),
        in: scope)
      let session = try await all.mine.openSession()
      let (address, accounts) = (fresh(), all.accounts)
      try await all.database.transaction(in: scope) { tx in
        try await ChangeEmail.ask(.init(email: address), of: session, in: tx, by: accounts)
      }
      let take = try await all.mine.link(.takeEmail, to: address)
      #expect(try await ChangeEmail.confirm(take, by: accounts))
    }

    @Test func `that somebody has is refused once it would happen`() async throws {
      let all = try await TestAccounts()
      let address = EmailAddress(all.theirs.email.text.uppercased())
      try await ask(all.mine, for: address)
      let leave = try await all.mine.link(.leaveEmail)
      #expect(try await !ChangeEmail.confirm(leave, by: all.accounts))
      let take = try await all.mine.link(.takeEmail, to: address)
      await #expect(throws: Register.Refusal.emailTaken) {
        try await ChangeEmail.confirm(take, by: all.accounts)
      }
      #expect(try await all.mine.row().email == all.mine.email.text)
    }

    @Test func `is not confirmed by a link to the address of an earlier wish`() async throws {
      let all = try await TestAccounts()
      let earlier = fresh()
      try await ask(all.mine, for: earlier)
      try await ask(all.mine, for: fresh())
      let take = try await all.mine.link(.takeEmail, to: earlier)
      await #expect(throws: AccountLink.Over.self) {
        try await ChangeEmail.confirm(take, by: all.accounts)
      }
    }

    @Test func `is happening once when both links are opened at once`() async throws {
      let all = try await TestAccounts()
      let address = fresh()
      try await ask(all.mine, for: address)
      let leave = try await all.mine.link(.leaveEmail)
      let take = try await all.mine.link(.takeEmail, to: address)
      let accounts = all.accounts
      async let left = ChangeEmail.confirm(leave, by: accounts)
      async let taken = ChangeEmail.confirm(take, by: accounts)
      let outcomes = [try await left, try await taken]
      #expect(outcomes.count { $0 } == 1)
      #expect(try await all.mine.row().email == address.text)
    }

    @Test func `to what it is already is refused`() async throws {
      let all = try await TestAccounts()
      await #expect(throws: ChangeEmail.Refusal.sameAddress) {
        try await ask(all.mine, for: EmailAddress(all.mine.email.text.uppercased()))
      }
    }
  }

  @Suite struct `Editing a profile` {
    private func form(
      name: String? = nil, language: String?? = nil, timeZone: String? = nil,
      theme: Theme? = nil, version: Int? = nil
    ) -> EditProfile.Form {
      EditProfile.Form(
        name: name, language: language, timeZone: timeZone, theme: theme, version: version)
    }

    @Test func `changes what is given, and nothing else or of anybody else`() async throws {
      let all = try await TestAccounts()
      let first = try await EditProfile.perform(
        form(language: "fa", timeZone: "Asia/Tehran"), in: all.mine.scope, by: all.accounts)
      #expect(first.name == "Amina")
      #expect(first.language == "fa")
      #expect(first.timeZone == "Asia/Tehran")
      #expect(first.version == 2)
      let second = try await EditProfile.perform(
        form(name: "", language: .some(nil), theme: .dark), in: all.mine.scope, by: all.accounts)
      #expect(second.name == "")
      #expect(second.language == nil)
      #expect(second.timeZone == "Asia/Tehran")
      #expect(second.theme == "dark")
      let theirs = try await all.theirs.row()
      #expect(theirs.version == 1)
      #expect(theirs.name == "Amina")
    }

    @Test func `of what has changed meanwhile is refused`() async throws {
      let all = try await TestAccounts()
      let (scope, accounts) = (all.mine.scope, all.accounts)
      _ = try await EditProfile.perform(form(name: "B", version: 1), in: scope, by: accounts)
      await #expect(throws: EditProfile.Refusal.versionConflict) {
        try await EditProfile.perform(form(name: "C", version: 1), in: scope, by: accounts)
      }
      #expect(try await all.mine.row().name == "B")
    }

    @Test(arguments: [("3", 3), ("\"3\"", 3), ("W/\"3\"", 0), ("", 0), ("three", 0)])
    func `reads a version as clients write it`(condition: String, version: Int) {
      #expect(EditProfile.version(in: condition) == version)
    }

    @Test func `offers the places of the time zone database, each known here`() {
      #expect(
        Set(["UTC", "Asia/Tehran", "Africa/Nairobi", "America/Argentina/Ushuaia"])
          .isSubset(of: TimeZones.names))
      #expect(TimeZones.names.allSatisfy { TimeZone(identifier: $0) != nil })
      #expect(TimeZones.names.allSatisfy { $0.utf8.count <= 64 })
    }
  }

  @Suite struct `Accepting the terms` {
    @Test func `stores which and when, for the account alone`() async throws {
      let all = try await TestAccounts()
      for account in [all.mine, all.theirs] {
        try await all.database.run(
          Command(
            "UPDATE accounts SET terms_version = '0.9' WHERE account_id = \(account.scope.id)"),
          in: account.scope)
      }
      let scope = all.mine.scope
      try await all.database.run(
        AcceptTerms.acceptance(.init(version: Terms.version), in: scope, now: all.accounts.now),
        in: scope)
      #expect(try await all.mine.row().termsVersion == Terms.version)
      #expect(try await all.theirs.row().termsVersion == "0.9")
    }
  }
#endif
