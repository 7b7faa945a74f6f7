#if DEBUG
  import FoundationEssentials
  import PostgreSQL
  import Scope
  import TestSupport
  import Testing

  @testable import Accounts

  /// Rows in every table that an account has, beside its session.
  private func fill(_ account: TestAccount) async throws {
    let (scope, now) = (account.scope, account.accounts.now)
    _ = try await account.link(.verifyEmail)
    let hash = Bytes(Array(repeating: UInt8(ascii: "h"), count: 32))
    let rootKey = Bytes([UInt8](repeating: 0xEE, count: 8))
    try await Database(pool: TestDatabase.shared().operator).run(
      Command("INSERT INTO root_keys VALUES (\(rootKey)) ON CONFLICT DO NOTHING"),
      in: Guard.commandLine())
    try await account.accounts.database.run(
      Command(
        """
        INSERT INTO email_changes (account_id, new_email, asked_at)
        VALUES (\(scope.id), 'new@example.com', \(now))
        """),
      Command("INSERT INTO account_devices VALUES (\(scope.id), \(hash), \(now), \(now))"),
      Command(
        """
        INSERT INTO account_keys VALUES (\(scope.id), \(rootKey), \(Bytes([1] + rootKey.array)))
        """),
      Command("INSERT INTO account_totp VALUES (\(scope.id), \(hash), \(now), NULL)"),
      Command("INSERT INTO recovery_codes VALUES (\(scope.id), \(hash))"),
      Command(
        """
        INSERT INTO idempotency_keys
          (owner_id, caller, route, key, body_hash, status, answer, kept_until)
        VALUES (\(scope.id), \(scope.id), 'POST /api/me/terms', 'a-key', \(hash), 204,
                \(Bytes([])), \(now + 60))
        """), in: scope)
  }

  /// Every table with a row of somebody, as the database itself knows them.
  private func tablesWithRows(of account: TestAccount) async throws -> [String] {
    let known = Query<String>(
      """
      SELECT relname::text AS name FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
       WHERE relnamespace = to_regnamespace('app') AND relkind = 'r' AND NOT attisdropped
         AND attname = 'account_id' AND has_table_privilege('martlet_account', attrelid, 'SELECT')
       ORDER BY relname
      """
    ) { row throws(RowError) in try row.get("name") }
    var found: [String] = []
    for table in try await account.accounts.database.all(known, in: account.scope) {
      let sql = SQL(stringLiteral: "SELECT count(*) FROM \(table)")
      if try await account.one(sql, as: Int.self) > 0 { found.append(table) }
    }
    let requests: Int = try await account.one("SELECT count(*) FROM idempotency_keys")
    return found + (requests > 0 ? ["idempotency_keys"] : [])
  }

  private let everyTable = [
    "account_devices", "account_keys", "account_links", "account_sessions", "account_totp",
    "accounts", "email_changes", "recovery_codes", "idempotency_keys",
  ]

  @Suite struct `Erasing an account` {
    private func form(_ account: TestAccount) -> EraseAccount.Form {
      EraseAccount.Form(email: EmailAddress(account.email.text.uppercased()))
    }

    @Test func `leaves an empty row, and nothing of anybody else is touched`() async throws {
      let all = try await TestAccounts()
      for account in [all.mine, all.theirs] {
        try await fill(account)
        #expect(Set(try await tablesWithRows(of: account)).isSuperset(of: everyTable))
      }
      let theirsBefore = try await tablesWithRows(of: all.theirs)
      try await EraseAccount.perform(form(all.mine), of: all.mine.session, by: all.accounts)
      #expect(try await tablesWithRows(of: all.mine) == ["accounts"])
      let left: String = try await all.mine.one(
        """
        SELECT concat_ws(',', state, email, email_key, email_verified_at, name, language,
                         password_hash, time_zone, theme)
          FROM accounts
        """)
      #expect(left == "erased,,UTC,system")
      #expect(try await tablesWithRows(of: all.theirs) == theirsBefore)
      #expect(try await all.theirs.row().email == all.theirs.email.text)
    }

    @Test func `frees the address for whoever registers with it`() async throws {
      let all = try await TestAccounts()
      try await EraseAccount.perform(form(all.mine), of: all.mine.session, by: all.accounts)
      let found = try await all.database.first(
        SignInFacts.find(all.mine.email), in: Guard.anybody())
      #expect(found == nil)
    }

    @Test func `needs the address of the account`() async throws {
      let all = try await TestAccounts()
      await #expect(throws: EraseAccount.Refusal.otherAddress) {
        try await EraseAccount.perform(
          form(all.theirs), of: all.mine.session, by: all.accounts)
      }
      #expect(try await all.mine.sessionCount() == 1)
    }

    @Test func `is refused to operators, also to who became one just now`() async throws {
      let all = try await TestAccounts()
      try await Database(pool: TestDatabase.shared().operator).run(
        Command(
          "UPDATE accounts SET is_operator = true WHERE account_id = \(all.mine.scope.id)"),
        in: Guard.commandLine())
      let known = try await all.mine.openSession()
      #expect(throws: EraseAccount.Refusal.isOperator) {
        try EraseAccount.decide(form(all.mine), on: known)
      }
      await #expect(throws: EraseAccount.Refusal.isOperator) {
        try await EraseAccount.perform(form(all.mine), of: all.mine.session, by: all.accounts)
      }
      #expect(try await all.mine.sessionCount() == 2)
    }
  }

  @Suite struct `The export of an account` {
    @Test func `has every part of mine, and nothing of anybody else`() async throws {
      let all = try await TestAccounts()
      for account in [all.mine, all.theirs] { try await fill(account) }
      let export = try await ExportAccount.perform(in: all.mine.scope, by: all.accounts)
      #expect(export.account.email == all.mine.email.text)
      #expect(export.sessions.map(\.id) == ["\(all.mine.session.id)"])
      #expect(export.devices.count == 1)
      #expect(export.links.map(\.purpose) == ["verify_email"])
      #expect(export.emailChange?.newEmail == "new@example.com")
      #expect(export.secondFactorSince != nil)
      #expect(export.recoveryCodesLeft == 1)
      #expect(export.requests.map(\.idempotencyKey) == ["a-key"])
    }

    @Test func `has no hash and no secret`() async throws {
      let all = try await TestAccounts()
      try await fill(all.mine)
      let export = try await ExportAccount.perform(in: all.mine.scope, by: all.accounts)
      let json = String(decoding: try JSONEncoder().encode(export), as: UTF8.self)
      for secret in ["argon2", "hash", "hhhh", "aGho", "secret\":", "wrapped"] {
        #expect(!json.lowercased().contains(secret.lowercased()), "\(secret)")
      }
    }
  }
#endif
