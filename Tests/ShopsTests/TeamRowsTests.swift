import Access
import Accounts
import Foundation
import PostgreSQL
import Scope
import Secrets
import TestSupport
import Testing

@testable import Shops

@Suite struct `The team of a shop, in the database` {
  private struct Place {
    let own: TestDatabase
    let shops: TestShops
    let database: Database

    init() async throws {
      own = try await .own()
      shops = try await TestShops(in: own)
      database = shops.database
      // Each test says who is there.
      for table in ["shop_roles", "shop_invitations"] as [SQL] {
        try await asSuperuser("DELETE FROM app.\(table)")
      }
    }

    /// An account that may be in the team already.
    func account(
      _ role: StaffRole? = nil, in shop: TestShop? = nil, hasSecondFactor: Bool = false
    ) async throws -> AccountScope {
      let scope = Guard.newAccount(.system)
      let email = "\(scope.id)@example.com"
      try await database.run(
        Command(
          """
          INSERT INTO accounts (account_id, email, email_key, email_verified_at, terms_version,
            terms_accepted_at, created_at)
          VALUES (\(scope.id), \(email), \(email), now(), '1.0', now(), now())
          """), in: scope)
      if hasSecondFactor {
        try await database.run(
          Command(
            """
            INSERT INTO account_totp (account_id, secret, confirmed_at)
            VALUES (\(scope.id), '', now())
            """), in: scope)
      }
      if let role { try await hire(scope.id, role, in: shop ?? shops.mine) }
      return scope
    }

    func hire(_ account: ID<Account>, _ role: StaffRole, in shop: TestShop) async throws {
      try await asSuperuser(
        """
        INSERT INTO app.shop_roles (shop_id, account_id, role, since)
        VALUES (\(shop.id), \(account), \(role.rawValue), now())
        """)
    }

    func asSuperuser(_ sql: SQL) async throws {
      let pool = Pool(.init(connectionString: own.superuserConnectionString, size: 1))
      _ = try await pool.run(Command(sql), as: .login)
    }

    func team(of shop: TestShop) async throws -> [ID<Account>: StaffRole] {
      let rows = try await database.all(TeamMember.all(), in: shop.staff)
      return Dictionary(uniqueKeysWithValues: rows.map { ($0.account, $0.role) })
    }

    func invite(
      _ account: AccountScope, to shop: TestShop, by inviter: ID<Account>? = nil,
      until end: Date = .now + 3_600
    ) async throws -> (id: ID<Invitation>, token: SecretToken) {
      let (id, token) = (Context.system.newID(Invitation.self), SecretToken.random())
      let email = "\(account.id)@example.com"
      try await database.run(
        Command(
          """
          INSERT INTO shop_invitations
            (shop_id, id, email, email_key, role, invited_by, language, invited_at, expires_at)
          VALUES (\(shop.id), \(id), \(email), \(email), 'support', \(inviter as ID<Account>?),
                  'en', now(), \(end))
          """), in: shop.staff)
      try await database.run(Invitation.keep(token, of: id, in: shop.staff), in: shop.staff)
      return (id, token)
    }
  }

  @Test func `shows each shop its own people`() async throws {
    let place = try await Place()
    let mine = try await place.account(.owner)
    let theirs = try await place.account(.owner, in: place.shops.theirs)
    #expect(try await place.team(of: place.shops.mine) == [mine.id: .owner])
    #expect(try await place.team(of: place.shops.theirs) == [theirs.id: .owner])
    let foreign = try await place.database.first(
      TeamMember.role(of: theirs.id, in: place.shops.mine.staff), in: place.shops.mine.staff)
    #expect(foreign == nil)
  }

  @Test func `keeps the owner, whatever staff write`() async throws {
    let place = try await Place()
    let owner = try await place.account(.owner)
    let manager = try await place.account(.manager)
    let staff = place.shops.mine.staff
    let tries: [SQL] = [
      "UPDATE shop_roles SET role = 'manager' WHERE account_id = \(owner.id)",
      "DELETE FROM shop_roles WHERE account_id = \(owner.id)",
    ]
    for sql in tries {
      #expect(try await place.database.run(Command(sql), in: staff) == 0)
    }
    await #expect(throws: PostgreSQLError.self) {
      try await place.database.run(
        Command("UPDATE shop_roles SET role = 'owner' WHERE account_id = \(manager.id)"),
        in: staff)
    }
    #expect(
      try await place.team(of: place.shops.mine) == [owner.id: .owner, manager.id: .manager])
  }

  @Test(arguments: [(StaffRole.manager, 5, "MS003"), (.developer, 10, "MS004")])
  func `has so many and no more`(role: StaffRole, most: Int, state: String) async throws {
    let place = try await Place()
    for _ in 0..<most { _ = try await place.account(role) }
    let error = await #expect(throws: PostgreSQLError.self) { _ = try await place.account(role) }
    #expect(error?.serverError?.state == SQLState(state))
    _ = try await place.account(role, in: place.shops.theirs)
  }

  @Test func `has no more people than its plan allows, and the owner`() async throws {
    let place = try await Place()
    try await place.asSuperuser("UPDATE app.plans SET max_staff = 2 WHERE plan = 'free'")
    for role in [StaffRole.owner, .manager, .support] { _ = try await place.account(role) }
    let error = await #expect(throws: PostgreSQLError.self) {
      _ = try await place.account(.finance)
    }
    #expect(error.flatMap { StaffLimit($0) } == .plan)
  }

  @Test func `knows its own invitations alone`() async throws {
    let place = try await Place()
    let (mine, theirs) = (place.shops.mine.staff, place.shops.theirs.staff)
    let guest = try await place.account()
    let invitation = try await place.invite(guest, to: place.shops.theirs)
    let find = Invitation.find(invitation.id, in: mine, now: .now)
    #expect(try await place.database.first(find, in: mine) == nil)
    #expect(try await place.database.run(Invitation.remove(invitation.id, in: mine), in: mine) == 0)
    #expect(try await place.database.all(Invitation.all(in: mine, now: .now), in: mine).isEmpty)
    #expect(
      try await place.database.all(Invitation.all(in: theirs, now: .now), in: theirs).count == 1)
  }

  @Test func `does not take an invitation that is over`() async throws {
    let place = try await Place()
    let guest = try await place.account()
    let token = try await place.invite(guest, to: place.shops.mine, until: .now - 1).token
    let offer = AcceptInvitation.Offer.find(token, now: .now)
    #expect(try await place.database.first(offer, in: Guard.anybody()) == nil)
  }

  // MARK: Another owner

  private struct HandOver {
    let place: Place
    let owner: AccountScope
    let manager: AccountScope
    let due = Date.now + Transfer.delay

    init(ownerIsGuarded: Bool = true, managerIsGuarded: Bool = true) async throws {
      place = try await Place()
      owner = try await place.account(.owner, hasSecondFactor: ownerIsGuarded)
      manager = try await place.account(.manager, hasSecondFactor: managerIsGuarded)
      try await place.database.run(
        Command(
          """
          INSERT INTO shop_transfers (shop_id, from_account, to_account, asked_at, due_at)
          VALUES (\(place.shops.mine.id), \(owner.id), \(manager.id), now(), \(due))
          """), in: place.shops.mine.staff)
    }

    func complete(after delay: TimeInterval) async throws {
      try await CompleteTransfers.perform(at: due + delay, queue: place.own.worker)
    }

    var team: [ID<Account>: StaffRole] {
      get async throws { try await place.team(of: place.shops.mine) }
    }
  }

  @Test func `gets another owner when it is time, and not before`() async throws {
    let handOver = try await HandOver()
    let (old, new) = (handOver.owner.id, handOver.manager.id)
    try await handOver.complete(after: -1)
    #expect(try await handOver.team == [old: .owner, new: .manager])
    try await handOver.complete(after: 0)
    #expect(try await handOver.team == [old: .manager, new: .owner])
    try await handOver.complete(after: 60)
    #expect(try await handOver.team == [old: .manager, new: .owner])
  }

  @Test func `gets another owner though it is full of managers, and of people`() async throws {
    let handOver = try await HandOver()
    for _ in 0..<4 { _ = try await handOver.place.account(.manager) }
    try await handOver.place.asSuperuser("UPDATE app.plans SET max_staff = 1 WHERE plan = 'free'")
    try await handOver.complete(after: 0)
    #expect(try await handOver.team[handOver.manager.id] == .owner)
    #expect(try await handOver.team[handOver.owner.id] == .manager)
  }

  @Test(arguments: [(false, true), (true, false)])
  func `keeps its owner where a second factor is gone`(owner: Bool, manager: Bool) async throws {
    let handOver = try await HandOver(ownerIsGuarded: owner, managerIsGuarded: manager)
    try await handOver.complete(after: 0)
    #expect(try await handOver.team[handOver.owner.id] == .owner)
    let staff = handOver.place.shops.mine.staff
    #expect(try await handOver.place.database.first(Transfer.find(in: staff), in: staff) == nil)
  }
}
