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

  @Suite struct `The words for a device` {
    @Test(
      arguments: [
        (
          "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
          "Firefox on Linux"
        ),
        (
          "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
          "Chrome on Android"
        ),
        (
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0",
          "Edge on Windows"
        ),
        (
          "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
          "Safari on iPhone"
        ),
        (
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
          "Safari on macOS"
        ),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32", "python-requests"),
        ("Mozilla/5.0 (compatible)", "An unknown device"),
        ("", "An unknown device"),
        ("<script>alert(1)</script>", "An unknown device"),
      ] as [(String, String)])
    func `are those that its owner knows it by`(field: String, words: String) throws {
      let english = DeviceWords.of(field).resolved(in: Language.current)
      #expect(english == words)
    }
  }
#endif
