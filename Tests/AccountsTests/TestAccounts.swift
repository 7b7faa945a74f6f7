#if DEBUG
  import API
  import FoundationEssentials
  import HTML
  import PostgreSQL
  import Scope
  import Secrets
  import TestSupport
  import Web

  @testable import Accounts

  /// Two accounts that no other test knows, each with a session and all else that an account can have.
  struct TestAccounts {
    let accounts: Accounts
    let mine: TestAccount
    let theirs: TestAccount

    var database: Database { accounts.database }

    init() async throws {
      let context = Context.system
      let database = Database(pool: try await TestDatabase.shared().web)
      // Nothing here is sealed: the keys are needed no longer than to start with.
      let folder = FileManager.default.temporaryDirectory.path + "/accounts-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      accounts = try .test(on: database, context: context, keysIn: folder)
      mine = try await .make(by: accounts)
      theirs = try await .make(by: accounts)
    }
  }

  struct TestAccount {
    static let password = "plenty of sparrows"

    let scope: AccountScope
    let email: EmailAddress
    let session: AccountSession
    let accounts: Accounts

    static func make(by accounts: Accounts) async throws -> TestAccount {
      let scope = Guard.newAccount(accounts.context)
      let email = EmailAddress("Amina-\(scope.id)@example.com")
      let now = accounts.now
      let hash = try await accounts.passwords.hash(password)
      try await accounts.database.run(
        Command(
          """
          INSERT INTO accounts
            (account_id, email, email_key, email_verified_at, name, password_hash, terms_version,
             terms_accepted_at, created_at)
          VALUES (\(scope.id), \(email.text), \(email.key), \(now), 'Amina', \(hash.text),
                  \(Terms.version), \(now), \(now))
          """), in: scope)
      let session = try await openSession(of: scope, by: accounts)
      return TestAccount(scope: scope, email: email, session: session, accounts: accounts)
    }

    /// - Returns: The new session, as a request with its cookie finds it.
    @discardableResult
    static func openSession(
      of scope: AccountScope, by accounts: Accounts
    ) async throws -> AccountSession {
      let token = SecretToken.random()
      let now = accounts.now
      try await accounts.database.run(
        Command(
          """
          INSERT INTO account_sessions
            (account_id, session_id, kind, token_hash, user_agent, created_at, seen_at, expires_at,
             confirmed_at)
          VALUES (\(scope.id), \(accounts.context.newID(Session.self)), 'browser',
                  \(Bytes(token.hash)), 'curl/8.5.0', \(now), \(now), \(now + 3_600), \(now))
          """), in: scope)
      let session = try await Guard.session(
        .cookie(hash: token.hash), at: now, database: accounts.database)
      guard let session else { throw Missing() }
      return session
    }

    private struct Missing: Error {}

    @discardableResult
    func openSession() async throws -> AccountSession {
      try await Self.openSession(of: scope, by: accounts)
    }

    /// A link as the mail of a purpose would hold it.
    func link(
      _ purpose: AccountLink.Purpose, to address: EmailAddress? = nil,
      for life: TimeInterval = 3_600
    ) async throws -> SecretToken {
      let token = SecretToken.random()
      let now = accounts.now
      try await accounts.database.run(
        Command(
          """
          INSERT INTO account_links (account_id, token_hash, purpose, email, created_at, expires_at)
          VALUES (\(scope.id), \(Bytes(token.hash)), \(purpose.rawValue),
                  \((address ?? email).text), \(now), \(now + life))
          """), in: scope)
      return token
    }

    /// What a query counts or finds of this account, as itself.
    func one<Value: ColumnDecodable & Sendable & SendableMetatype>(
      _ sql: SQL, as _: Value.Type = Value.self
    ) async throws -> Value {
      let query = Query<Value>("SELECT (\(sql)) AS value") { row throws(RowError) in
        try row.get("value")
      }
      return try await accounts.database.one(query, in: scope)
    }

    func row() async throws -> AccountRow {
      try await accounts.database.one(AccountRow.find(in: scope), in: scope)
    }

    func sessionCount() async throws -> Int {
      try await one("SELECT count(*) FROM account_sessions WHERE account_id = \(scope.id)")
    }

    func linkCount() async throws -> Int {
      try await one("SELECT count(*) FROM account_links WHERE account_id = \(scope.id)")
    }
  }
#endif
