#if DEBUG
  import FoundationEssentials
  import HTML
  import PostgreSQL
  import Scope
  import TestSupport
  import Testing
  import Web

  @testable import Accounts

  @Suite struct `The dashboard` {
    private func facts(of account: TestAccount) async throws -> ShowDashboard.Facts {
      try await account.accounts.database.one(
        ShowDashboard.Facts.find(in: account.scope, now: account.accounts.now), in: account.scope)
    }

    private func html(_ session: AccountSession, _ facts: ShowDashboard.Facts) -> String {
      let frame = Frame(
        languages: [.current], theme: .system, origin: "https://martlet.example",
        address: "/dashboard", viewer: session, asset: { $0 })
      return ShowDashboard.page(session, facts, shops: "", in: frame).text
    }

    @Test func `counts the places of this account, and of nobody else`() async throws {
      let all = try await TestAccounts()
      try await all.mine.openSession()
      #expect(try await facts(of: all.mine).sessions == 2)
      #expect(try await facts(of: all.theirs).sessions == 1)
    }

    @Test func `asks first for what protects the account`() async throws {
      let all = try await TestAccounts()
      let facts = try await facts(of: all.mine)
      #expect(ShowDashboard.tasks(of: all.mine.session, facts) == [.turnOnSecondFactor])
      try await all.database.run(
        Command(
          "UPDATE accounts SET email_verified_at = NULL WHERE account_id = \(all.mine.scope.id)"),
        in: all.mine.scope)
      let unverified = try await all.mine.openSession()
      #expect(
        ShowDashboard.tasks(of: unverified, facts) == [.verifyAddress, .turnOnSecondFactor])
    }

    @Test func `asks for new recovery codes before the last are used`() async throws {
      let at = try await AccountsPlace()
      let on = try await at.turnOn(try await at.openAccount()).person.session
      for (codes, tasks) in [(3, []), (2, [ShowDashboard.Task.renewRecoveryCodes])] {
        let facts = ShowDashboard.Facts(sessions: 1, recoveryCodes: codes)
        #expect(ShowDashboard.tasks(of: on, facts) == tasks)
      }
      let facts = try await at.accounts.database.one(
        ShowDashboard.Facts.find(in: on.scope, now: at.accounts.now), in: on.scope)
      #expect(facts.recoveryCodes == 10)
    }

    @Test func `marks its place, says who is signed in, and leads out`() async throws {
      let all = try await TestAccounts()
      let page = html(all.mine.session, try await facts(of: all.mine))
      #expect(page.matches(of: /aria-current="page"/).count == 1)
      #expect(page.contains(#"<a href="/dashboard" aria-current="page">"#))
      #expect(page.contains("<bdi>\(all.mine.email.text)</bdi>"))
      #expect(page.contains(#"<form method="post" action="/sign-out">"#))
      #expect(!page.contains(#"href="/console""#))
    }
  }
#endif
