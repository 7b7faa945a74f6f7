import FoundationEssentials
import PostgreSQL
import Scope
import TestSupport
import Testing

@testable import Audit

@Suite struct `The chain of a log` {
  @Test func `holds as long as nobody touches it`() async throws {
    let place = try await LoggedShops()
    let (mine, theirs) = (place.shops.mine, place.shops.theirs)
    try await place.log(3, in: mine)
    try await place.log(2, in: theirs)
    try await place.sealing.run()
    try await place.log(2, in: mine)
    try await place.sealing.run()
    #expect(try await place.length(of: mine) == 5)
    #expect(try await place.length(of: theirs) == 2)
    #expect(try await place.findings(in: mine) == [])
    #expect(try await place.findings(in: theirs) == [])
  }

  @Test func `is one, however many seal at once`() async throws {
    let place = try await LoggedShops()
    let (mine, theirs) = (place.shops.mine, place.shops.theirs)
    try await place.log(60, in: mine)
    try await place.log(40, in: theirs)
    try await withThrowingTaskGroup { group in
      for _ in 1...8 { group.addTask { try await place.sealing.run() } }
      try await group.waitForAll()
    }
    #expect(try await place.length(of: mine) == 60)
    #expect(try await place.length(of: theirs) == 40)
    #expect(try await place.findings(in: mine) == [])
    #expect(try await place.findings(in: theirs) == [])
  }

  @Test func `takes up all that waited while no worker ran`() async throws {
    let place = try await LoggedShops()
    try await place.sealing.run()
    try await place.log(3, in: place.shops.mine)
    place.clock.move(by: 86_400)
    try await place.log(1, in: place.shops.mine)
    #expect(try await place.findings(in: place.shops.mine) == [])
    try await place.sealing.run()
    #expect(try await place.length(of: place.shops.mine) == 4)
    #expect(try await place.findings(in: place.shops.mine) == [])
  }

  /// The form is for ever: other programs do the same sums.
  @Test func `is hashed as it is described`() throws {
    let shop = try #require(ID<Shop>("01890000-0000-7000-8000-000000000001"))
    let id = try #require(ID<AuditEntry>("01890000-0000-7000-8000-000000000002"))
    let actor = try #require(ID<Account>("01890000-0000-7000-8000-000000000003"))
    let entry = StoredEntry(
      id: id, microseconds: 1_790_000_000_123_456, actorKind: "account", actorID: actor,
      role: "owner", action: "settings_changed", targetKind: "shop", targetID: shop.description,
      before: #"{"name":"Ölmühle"}"#, after: #"{"name":"گل"}"#, address: nil, requestID: "r-1")
    let entryHash = AuditChain.hash(of: entry, in: shop)
    #expect(entryHash.hex == Self.entryHash)
    let first = AuditChain.seal(id, hash: entryHash, sequence: 1, in: shop, after: nil)
    #expect(first.hex == Self.firstHash)
    let second = AuditChain.seal(id, hash: entryHash, sequence: 2, in: shop, after: first)
    #expect(second.hex == Self.secondHash)
  }

  /// By Python's hashlib, of the fields as `AuditChain` lists them.
  private static let entryHash = "32afc5bb55ad6754625e5a2d0f248cb0802c1d487106e4fde633ff72f5091a09"
  private static let firstHash = "c56cd01ca18847a66fca2b5153f3b3eee3df22b731cf94d23bd7d01807aadf14"
  private static let secondHash = "2982a686d9b349e181749e36bb360c3351f2fb37c9af8422bd5f2e214c2cf1fc"
}

@Suite struct `A log that somebody tampered with` {
  /// What is done to the log of a shop with five sealed entries, where `SHOP` is the shop and `ENTRY` the
  /// third entry.
  @Test(
    arguments: [
      "UPDATE app.audit_log SET after = '{\"price\":3}' WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET before = '{}' WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET actor_id = gen_random_uuid() WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET actor_kind = 'platform', actor_id = NULL WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET role = 'owner' WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET action = 'item_hidden' WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET target_kind = 'order' WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET target_id = 'p9' WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET at = at + interval '1 microsecond' WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET address = '192.0.2.1' WHERE id = 'ENTRY'",
      "UPDATE app.audit_log SET request_id = 'other' WHERE id = 'ENTRY'",
      "UPDATE app.audit_seals SET entry_hash = sha256('') WHERE entry_id = 'ENTRY'",
    ])
  func `names the entry that was changed`(statement: String) async throws {
    let (place, ids) = try await sealed()
    try await place.tamper(statement.replacing("ENTRY", with: "\(ids[2])"))
    let findings = try await place.findings(in: place.shops.mine)
    #expect(findings.first == .changed(sequence: 3, entry: ids[2]))
    #expect(try await place.findings(in: place.shops.theirs) == [])
  }

  @Test func `names the entry that was removed`() async throws {
    let (place, ids) = try await sealed()
    try await place.tamper("DELETE FROM app.audit_log WHERE id = '\(ids[2])'")
    #expect(
      try await place.findings(in: place.shops.mine) == [.removed(sequence: 3, entry: ids[2])])
  }

  @Test func `names the place of an entry that was removed with its seal`() async throws {
    let (place, ids) = try await sealed()
    try await place.tamper(
      """
      DELETE FROM app.audit_seals WHERE entry_id = '\(ids[2])';
      DELETE FROM app.audit_log WHERE id = '\(ids[2])'
      """)
    #expect(try await place.findings(in: place.shops.mine) == [.removed(sequence: 3, entry: nil)])
  }

  @Test func `names the last entry when it was removed with its seal`() async throws {
    let (place, ids) = try await sealed()
    try await place.tamper(
      """
      DELETE FROM app.audit_seals WHERE entry_id = '\(ids[4])';
      DELETE FROM app.audit_log WHERE id = '\(ids[4])'
      """)
    #expect(
      try await place.findings(in: place.shops.mine) == [.removed(sequence: 5, entry: ids[4])])
  }

  @Test func `names all that were removed when only the head is left`() async throws {
    let (place, ids) = try await sealed()
    let shop = place.shops.mine.id
    try await place.tamper(
      """
      DELETE FROM app.audit_seals WHERE shop_id = '\(shop)';
      DELETE FROM app.audit_log WHERE shop_id = '\(shop)'
      """)
    let gone = (1...4).map { AuditFinding.removed(sequence: $0, entry: nil) }
    #expect(
      try await place.findings(in: place.shops.mine)
        == gone + [.removed(sequence: 5, entry: ids[4])])
  }

  @Test func `names an entry that was put in with an old time, before and after a sealing`()
    async throws
  {
    let (place, _) = try await sealed()
    place.clock.move(by: 3_600)
    try await place.sealing.run()
    let made = place.context.newID(AuditEntry.self)
    try await place.tamper(
      """
      INSERT INTO app.audit_log
      SELECT shop_id, '\(made)', at + interval '20 minutes', actor_kind, actor_id, role, action,
             target_kind, target_id, before, after, address, request_id
        FROM app.audit_log WHERE shop_id = '\(place.shops.mine.id)' LIMIT 1
      """)
    #expect(try await place.findings(in: place.shops.mine) == [.inserted(entry: made)])
    place.clock.move(by: 10)
    try await place.sealing.run()
    #expect(try await place.findings(in: place.shops.mine) == [.inserted(entry: made)])
    #expect(try await place.length(of: place.shops.mine) == 5)
  }

  @Test func `names a seal that was put in behind the head`() async throws {
    let (place, _) = try await sealed()
    let more = try await place.log(1, in: place.shops.mine)
    try await place.tamper(
      """
      INSERT INTO app.audit_seals
      SELECT shop_id, 6, id, sha256('entry'), sha256('seal') FROM app.audit_log
       WHERE shop_id = '\(place.shops.mine.id)' ORDER BY at DESC LIMIT 1
      """)
    let findings = try await place.findings(in: place.shops.mine)
    #expect(findings == [.sealBeyondHead(sequence: 6, entry: more[0])])
  }

  @Test func `names the seal that no longer follows`() async throws {
    let (place, ids) = try await sealed()
    try await place.tamper(
      "UPDATE app.audit_seals SET hash = sha256('') WHERE entry_id = '\(ids[2])'")
    #expect(
      try await place.findings(in: place.shops.mine) == [
        .resealed(sequence: 3, entry: ids[2]), .resealed(sequence: 4, entry: ids[3]),
      ])
  }

  @Test func `names a head that was changed or taken away`() async throws {
    let (place, ids) = try await sealed()
    try await place.tamper(
      "UPDATE app.audit_heads SET hash = sha256('') WHERE shop_id = '\(place.shops.mine.id)'")
    #expect(
      try await place.findings(in: place.shops.mine) == [.headChanged(sequence: 5, entry: ids[4])])
    try await place.tamper("DELETE FROM app.audit_heads WHERE shop_id = '\(place.shops.mine.id)'")
    #expect(
      try await place.findings(in: place.shops.mine)
        == ids.enumerated().map { .sealBeyondHead(sequence: $0 + 1, entry: $1) })
  }

  private func sealed() async throws -> (LoggedShops, [ID<AuditEntry>]) {
    let place = try await LoggedShops()
    let ids = try await place.log(5, in: place.shops.mine)
    try await place.log(2, in: place.shops.theirs)
    try await place.sealing.run()
    return (place, ids)
  }
}
