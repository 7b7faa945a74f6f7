import Access
import FoundationEssentials
import PostgreSQL
import Scope
import TestSupport
import Testing

@testable import Audit

@Suite struct `The log of a shop` {
  @Test(
    arguments: [
      "UPDATE app.audit_log SET action = 'other'", "DELETE FROM app.audit_log",
      "TRUNCATE app.audit_log CASCADE", "UPDATE app.audit_seals SET hash = sha256('')",
      "DELETE FROM app.audit_seals", "TRUNCATE app.audit_seals", "DELETE FROM app.audit_heads",
      "TRUNCATE app.audit_heads", "UPDATE app.audit_heads SET sequence = sequence - 1",
    ])
  func `only grows, for its owner and a superuser too`(statement: String) async throws {
    let place = try await LoggedShops()
    try await place.log(3, in: place.shops.mine)
    try await place.sealing.run()
    for role in ["martlet_owner", "postgres"] {
      // Of the owner's rows row-level security hides all, and a row's trigger then has nothing to refuse.
      if role == "martlet_owner" && statement.hasPrefix("UPDATE app.audit_heads") { continue }
      let connection = try Connection(to: place.place.superuserConnectionString)
      let error = await #expect(throws: PostgreSQLError.self) {
        try await connection.script("SET ROLE \(role); \(statement)")
      }
      #expect(error?.serverError?.state == SQLState("MA001"), "\(role): \(statement)")
      await connection.close()
    }
    #expect(try await place.findings(in: place.shops.mine) == [])
  }

  @Test(arguments: ["UPDATE audit_log SET action = 'other'", "DELETE FROM audit_log"])
  func `cannot be changed by who works there`(statement: String) async throws {
    let place = try await LoggedShops()
    try await place.log(1, in: place.shops.mine)
    for scope in [place.shops.mine.staff, place.shops.mine.commerce] {
      let error = await #expect(throws: PostgreSQLError.self) {
        try await place.shops.database.run(Command(SQL(stringLiteral: statement)), in: scope)
      }
      #expect(error?.serverError?.state == .insufficientPrivilege)
    }
  }

  @Test func `is read by its own shop, the newest first and each once`() async throws {
    let place = try await LoggedShops()
    let (mine, theirs) = (place.shops.mine, place.shops.theirs)
    let ids = try await place.log(7, in: mine)
    try await place.log(3, in: theirs)
    var seen: [ID<AuditEntry>] = []
    var position: ListedEntry.Position?
    repeat {
      let part = try await place.shops.database.all(
        ListedEntry.all(in: mine.staff, AuditFilter(), before: position, count: 3),
        in: mine.staff)
      seen += part.map(\.id)
      position = part.last?.position
    } while position != nil
    #expect(seen == ids.reversed())
  }

  @Test func `is found by who, what, on what and when`() async throws {
    let place = try await LoggedShops()
    let shop = place.shops.mine
    try await place.log(2, in: shop)
    let start = place.clock.now
    let somebody = Context.system.newID(Account.self)
    place.clock.move(by: 60)
    let other = place.entry(.itemHidden, by: .account(somebody, .owner), target: "p2")
    try await place.shops.database.run(other.insert(in: shop.staff), in: shop.staff)
    let filters: [(AuditFilter, Int)] = [
      (AuditFilter(), 3), (AuditFilter(actor: somebody), 1), (AuditFilter(actor: place.actor), 2),
      (AuditFilter(action: "item_hidden"), 1), (AuditFilter(action: "price_changed"), 2),
      (AuditFilter(target: "p2"), 2), (AuditFilter(actor: somebody, target: "p1"), 0),
      (AuditFilter(from: start + 1), 1), (AuditFilter(until: start + 1), 2),
      (AuditFilter(from: start + 60), 1), (AuditFilter(until: start + 60), 2),
    ]
    for (filter, count) in filters {
      let found = try await place.shops.database.all(
        ListedEntry.all(in: shop.staff, filter, before: nil, count: 10), in: shop.staff)
      #expect(found.count == count, "\(filter)")
    }
  }

  @Test func `keeps addresses only where the shop wants that`() async throws {
    let place = try await LoggedShops()
    let shop = place.shops.mine
    let origin = RequestOrigin(requestID: "r-1", address: "192.0.2.7")
    for logs in [false, true] {
      place.clock.move(by: 1)
      try await place.shops.database.run(
        Command("UPDATE shops SET logs_ip_addresses = \(logs) WHERE shop_id = \(shop.id)"),
        place.entry(origin: origin).insert(in: shop.staff), in: shop.staff)
    }
    let found = try await place.shops.database.all(
      ListedEntry.all(in: shop.staff, AuditFilter(), before: nil, count: 2), in: shop.staff)
    #expect(found.map(\.address) == ["192.0.2.7", nil])
    #expect(found.map(\.requestID) == ["r-1", "r-1"])
  }

  @Test func `takes an account's own act only where it has a role, and says which`() async throws {
    let place = try await LoggedShops()
    let (mine, theirs) = (place.shops.mine, place.shops.theirs)
    try await place.tamper(
      """
      INSERT INTO app.shop_roles (shop_id, account_id, role, since)
      VALUES ('\(mine.id)', '\(place.actor)', 'support', now())
      """)
    let me = Guard.account(proven: place.actor)
    for shop in [mine, theirs] {
      let entry = place.entry(by: .account(place.actor, .owner))
      try await place.shops.database.run(entry.insert(of: shop.id, in: me), in: me)
    }
    let found = try await place.shops.database.all(
      ListedEntry.all(in: mine.staff, AuditFilter(), before: nil, count: 9), in: mine.staff)
    #expect(found.map(\.role) == [.support])
    #expect(found.map(\.actor) == [place.actor])
    let foreign = try await place.shops.database.all(
      ListedEntry.all(in: theirs.staff, AuditFilter(), before: nil, count: 9), in: theirs.staff)
    #expect(foreign.isEmpty)
  }

  @Test func `names only people who have to do with the shop`() async throws {
    let place = try await LoggedShops()
    let (mine, theirs) = (place.shops.mine, place.shops.theirs)
    let worker = Context.system.newID(Account.self)
    try await place.tamper(
      """
      INSERT INTO app.accounts (account_id, name, terms_version, terms_accepted_at, created_at)
      VALUES ('\(place.actor)', 'Amina', '1.0', now(), now()),
             ('\(worker)', 'Wanjiru', '1.0', now(), now());
      INSERT INTO app.shop_roles (shop_id, account_id, role, since)
      VALUES ('\(mine.id)', '\(worker)', 'support', now())
      """)
    try await place.log(1, in: mine)
    let asked = [place.actor, worker]
    let known = try await place.shops.database.all(NamedActor.all(among: asked), in: mine.staff)
      .filter { asked.contains($0.id) }
    #expect(known.map(\.name) == ["Amina", "Wanjiru"])
    #expect(known.map(\.worksHere) == [false, true])
    let foreign = try await place.shops.database.all(
      NamedActor.all(among: asked), in: theirs.staff)
    #expect(!foreign.contains { asked.contains($0.id) })
  }
}

@Suite struct `The values of an entry` {
  @Test func `tell of a secret only that there is one`() {
    let values: AuditValues = [
      "password": .secret(isSet: true), "token": .secret(isSet: false),
      "email": .email("amina@example.com"), "odd": .email("no address"),
    ]
    #expect(
      values.json
        == #"{"email":"a•••@example.com","odd":"•••","password":"•••","token":null}"#)
  }

  @Test func `are what they were when they are read again`() {
    let values: AuditValues = [
      "flag": .flag(true), "number": .number(-7), "one": .number(1), "nothing": .nothing,
      "text": .text("\"quoted\" \\ / \n گل"),
    ]
    #expect(AuditValues(json: values.json) == values)
  }

  @Test func `are those that differ`() {
    let (before, after) = AuditValues.differences(
      from: ["a": .number(1), "b": .text("x"), "gone": .flag(true)],
      to: ["a": .number(2), "b": .text("x"), "new": .nothing])
    #expect(before == ["a": .number(1), "gone": .flag(true)])
    #expect(after == ["a": .number(2), "new": .nothing])
  }

  @Test func `fit into their column, however long they are`() async throws {
    let long = String(repeating: "\u{1}", count: 5_000)
    let parts = (1...AuditValues.mostParts + 10).map { number in
      ("\(String(repeating: "n", count: 40))\(number)", AuditValue.text(long))
    }
    let values = AuditValues(parts)
    let place = try await LoggedShops()
    let shop = place.shops.mine
    let entry = place.entry(before: values, after: ["text": .text(long)])
    try await place.shops.database.run(entry.insert(in: shop.staff), in: shop.staff)
    #expect(values.parts.count == AuditValues.mostParts)
    #expect(values.json.utf8.count <= 65_536)
    #expect(entry.after.json.utf8.count < 1_300)
  }
}
