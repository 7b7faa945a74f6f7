#if DEBUG
  import API
  import Access
  import Fields
  import FoundationEssentials
  import HTML
  import Scope
  import Testing

  @testable import Accounts

  @Suite struct `The list of sessions` {
    private func paging(_ limit: Int, _ cursor: String?) throws -> Paging {
      let cursor: InputValue = cursor.map { .string($0) } ?? .null
      return try Paging.fields.parse(
        .object([.init("limit", .number("\(limit)")), .init("cursor", cursor)]))
    }

    @Test func `shows each of mine once, newest first, and none of anybody else`() async throws {
      let all = try await TestAccounts()
      var opened = [all.mine.session.id]
      for _ in 0..<4 { opened.append(try await all.mine.openSession().id) }
      var (seen, cursor): ([String], String?) = ([], nil)
      repeat {
        let page = try await ShowSessions.perform(
          try paging(2, cursor), of: all.mine.session, by: all.accounts)
        seen += page.data.map(\.id)
        cursor = page.nextCursor
        #expect(page.data.allSatisfy { $0.current == ($0.id == "\(all.mine.session.id)") })
      } while cursor != nil
      #expect(Set(seen) == Set(opened.map(\.description)))
      #expect(seen == seen.sorted(by: >))
    }

    @Test func `refuses a cursor of another list`() async throws {
      let all = try await TestAccounts()
      let paging = try paging(2, "eyJhdCI6MX0")
      await #expect(throws: InvalidCursor.self) {
        try await ShowSessions.perform(paging, of: all.mine.session, by: all.accounts)
      }
    }
  }

  @Suite struct `Ending sessions` {
    @Test func `ends the one that is named`() async throws {
      let all = try await TestAccounts()
      let other = try await all.mine.openSession()
      try await EndSessions.one(other.id, of: all.mine.session, by: all.accounts)
      #expect(try await all.mine.sessionCount() == 1)
    }

    @Test func `does not find another account's`() async throws {
      let all = try await TestAccounts()
      await #expect(throws: Denial.notFound) {
        try await EndSessions.one(all.theirs.session.id, of: all.mine.session, by: all.accounts)
      }
      #expect(try await all.theirs.sessionCount() == 1)
    }

    @Test func `ends all others of the account, and nobody else's`() async throws {
      let all = try await TestAccounts()
      for account in [all.mine, all.theirs] { try await account.openSession() }
      try await EndSessions.others(of: all.mine.session, by: all.accounts)
      #expect(try await all.mine.sessionCount() == 1)
      #expect(try await all.theirs.sessionCount() == 2)
    }
  }
#endif
