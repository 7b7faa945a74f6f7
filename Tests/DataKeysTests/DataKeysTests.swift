import DataKeys
import Foundation
import PostgreSQL
import Scope
import Secrets
import TestSupport
import Testing

private let context = SealContext(table: "bots", column: "token", row: UUID(), owner: UUID())

// One test at a time: the operator's login may have ten connections at once on the tests' server.
@Suite(.serialized) struct `A shop's data key` {
  @Test func `is made once, whoever asks first`() async throws {
    let installation = try await Installation()
    let ids = try await withThrowingTaskGroup(of: KeyID.self) { group in
      for _ in 1...10 {
        group.addTask {
          try await installation.keys().key(of: installation.shops.mine.staff).id
        }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(ids.count == 1)
  }

  @Test func `opens what it sealed, in every process and for each group of tables`() async throws {
    let installation = try await Installation()
    let mine = installation.shops.mine
    let key = try await installation.keys().key(of: mine.staff)
    let sealed = try SealedValue(sealing: [1, 2, 3], with: key, for: context)
    let elsewhere = try await installation.keys().key(of: mine.commerce)
    #expect(try sealed.open(with: elsewhere, for: context) == [1, 2, 3])
  }

  @Test func `is no other shop's`() async throws {
    let installation = try await Installation()
    let shops = installation.shops
    let keys = try installation.keys()
    let mine = try await keys.key(of: shops.mine.staff)
    let theirs = try await keys.key(of: shops.theirs.staff)
    #expect(mine.id != theirs.id)
    let seen = Query<Int>("SELECT count(*) AS rows FROM shop_keys") { row throws(RowError) in
      try row.get("rows")
    }
    #expect(try await shops.database.one(seen, in: shops.mine.staff) == 1)
    await #expect(throws: DataKeys.Failure.notForVisitors) {
      try await keys.key(of: shops.mine.catalogue)
    }
  }

  @Test func `put into another shop's row opens nothing`() async throws {
    let installation = try await Installation()
    let shops = installation.shops
    for shop in [shops.mine, shops.theirs] { _ = try await installation.keys().key(of: shop.staff) }
    try await Database(pool: installation.place.operator).run(
      Command(
        """
        UPDATE shop_keys SET wrapped = (SELECT wrapped FROM shop_keys WHERE shop_id = \(shops.mine.id))
         WHERE shop_id = \(shops.theirs.id)
        """), in: Guard.commandLine())
    await #expect(throws: SealError.notAuthentic) {
      try await installation.keys().key(of: shops.theirs.staff)
    }
  }

  @Test func `stays shut without the file it was wrapped by`() async throws {
    let installation = try await Installation()
    _ = try await installation.keys().key(of: installation.shops.mine.staff)
    let id = try installation.file.load().current.id
    #expect(
      try await UnknownRootKeys.find(
        in: installation.file.load(), database: installation.shops.database) == [])
    try installation.file.replace(with: [.random()], under: installation.file.lock())
    #expect(
      try await UnknownRootKeys.find(
        in: installation.file.load(), database: installation.shops.database) == [id])
    await #expect(throws: DataKeys.Failure.rootKeyMissing(id)) {
      try await installation.keys().key(of: installation.shops.mine.staff)
    }
    await #expect(throws: DataKeys.Failure.self) {
      try await installation.keys().key(of: installation.shops.theirs.staff)
    }
  }
}

@Suite(.serialized) struct `An account's data key` {
  @Test func `is made once, and opens in every process what it sealed`() async throws {
    let installation = try await Installation()
    let account = try await installation.openAccount()
    let ids = try await withThrowingTaskGroup(of: KeyID.self) { group in
      for _ in 1...10 { group.addTask { try await installation.keys().key(of: account).id } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(ids.count == 1)
    let sealed = try SealedValue(
      sealing: [1, 2, 3], with: try await installation.keys().key(of: account), for: context)
    let elsewhere = try await installation.keys().key(of: account)
    #expect(try sealed.open(with: elsewhere, for: context) == [1, 2, 3])
  }

  @Test func `is no other account's, and none sees another's row`() async throws {
    let installation = try await Installation()
    let (mine, theirs) = (
      try await installation.openAccount(), try await installation.openAccount()
    )
    let keys = try installation.keys()
    #expect(try await keys.key(of: mine).id != keys.key(of: theirs).id)
    let seen = Query<Int>("SELECT count(*) AS rows FROM account_keys") { row throws(RowError) in
      try row.get("rows")
    }
    #expect(try await installation.shops.database.one(seen, in: mine) == 1)
  }

  @Test func `is not opened by what wraps a shop's`() async throws {
    let installation = try await Installation()
    let account = try await installation.openAccount()
    let shop = installation.shops.mine.staff
    _ = try await installation.keys().key(of: account)
    _ = try await installation.keys().key(of: shop)
    try await installation.copyWrapped(ofShop: shop.id.uuid, toAccount: account.id.uuid)
    await #expect(throws: SealError.notAuthentic) {
      try await installation.keys().key(of: account)
    }
  }

  @Test func `is wrapped anew by a rotation, with the shops'`() async throws {
    let installation = try await Installation()
    let account = try await installation.openAccount()
    let id = try await installation.keys().key(of: account).id
    _ = try await installation.keys().key(of: installation.shops.mine.staff)
    let old = try installation.file.load().current
    for _ in 1...3 {
      let (current, wrapped) = try await installation.rotate()
      #expect(wrapped == 2)
      #expect(try installation.file.load().keys.map(\.id) == [current])
      #expect(try await installation.keys().key(of: account).id == id)
    }
    try installation.file.replace(with: [old], under: installation.file.lock())
    await #expect(throws: DataKeys.Failure.self) { try await installation.keys().key(of: account) }
  }

  @Test func `that no file opens keeps the old root keys where they are`() async throws {
    let installation = try await Installation()
    _ = try await installation.keys().key(of: installation.openAccount())
    let old = try installation.file.load().current
    try installation.file.replace(with: [.random()], under: installation.file.lock())
    await #expect(throws: RootKeyRotation.Failure.rootKeyMissing(old.id)) {
      try await installation.rotate()
    }
    #expect(try await installation.rootKeysInDatabase().contains(old.id))
  }
}

extension Installation {
  fileprivate func copyWrapped(ofShop shop: UUID, toAccount account: UUID) async throws {
    try await Database(pool: place.operator).run(
      Command(
        """
        UPDATE account_keys SET wrapped = (SELECT wrapped FROM shop_keys WHERE shop_id = \(shop))
         WHERE account_id = \(account)
        """), in: Guard.commandLine())
  }
}

// One test at a time: the operator's login may have ten connections at once on the tests' server.
@Suite(.serialized) struct `Rotating the root keys` {
  @Test func `leaves what is sealed as it is, and the old key useless`() async throws {
    let installation = try await Installation()
    let mine = installation.shops.mine.staff
    let key = try await installation.keys().key(of: mine)
    let sealed = try SealedValue(sealing: [1, 2, 3], with: key, for: context)
    let old = try installation.file.load().current
    for _ in 1...3 {
      let (current, wrapped) = try await installation.rotate()
      #expect(wrapped == 1)
      #expect(try installation.file.load().keys.map(\.id) == [current])
      #expect(try await installation.rootKeysInDatabase() == [current])
      let reopened = try await installation.keys().key(of: mine)
      #expect(try sealed.open(with: reopened, for: context) == [1, 2, 3])
    }
    #expect(try installation.file.load()[old.id] == nil)
    try installation.file.replace(with: [old], under: installation.file.lock())
    await #expect(throws: DataKeys.Failure.self) { try await installation.keys().key(of: mine) }
  }

  @Test func `is noticed by processes that serve`() async throws {
    let installation = try await Installation()
    let serving = try installation.keys()
    let other = try installation.keys()
    _ = try await serving.key(of: installation.shops.mine.staff)
    _ = try await installation.rotate()
    // One opens what a key wraps that it has not seen, the other makes one while it holds the old key.
    _ = try await other.key(of: installation.shops.mine.staff)
    _ = try await serving.key(of: installation.shops.theirs.staff)
    let (_, wrapped) = try await installation.rotate()
    #expect(wrapped == 2)
  }

  @Test func `is taken up again after it stopped at any point`() async throws {
    let installation = try await Installation()
    let mine = installation.shops.mine.staff
    let id = try await installation.keys().key(of: mine).id
    let lost = SecretKey.random()
    let database = Database(pool: installation.place.operator)
    let register = Command("INSERT INTO root_keys VALUES (\(Bytes(lost.id.bytes)))")
    // The database was told of a key that no file has.
    try await database.run(register, in: Guard.commandLine())
    #expect(try await installation.keys().key(of: mine).id == id)
    #expect(
      try await UnknownRootKeys.find(
        in: installation.file.load(), database: installation.shops.database) == [])
    // The file has a new key, and nothing is wrapped by it yet.
    let old = try installation.file.load().keys
    try installation.file.replace(with: old + [lost], under: installation.file.lock())
    #expect(try await installation.keys().key(of: mine).id == id)
    let theirs = try await installation.keys().key(of: installation.shops.theirs.staff).id
    // Some are wrapped by the old one, some by the new one: run again.
    let (current, wrapped) = try await installation.rotate()
    #expect(wrapped == 2)
    #expect(try installation.file.load().keys.map(\.id) == [current])
    #expect(try await installation.rootKeysInDatabase() == [current])
    #expect(try await installation.keys().key(of: mine).id == id)
    #expect(try await installation.keys().key(of: installation.shops.theirs.staff).id == theirs)
  }

  @Test func `takes nothing out when a key is missing`() async throws {
    let installation = try await Installation()
    _ = try await installation.keys().key(of: installation.shops.mine.staff)
    let old = try installation.file.load().current
    let stranger = SecretKey.random()
    try installation.file.replace(with: [stranger], under: installation.file.lock())
    await #expect(throws: RootKeyRotation.Failure.rootKeyMissing(old.id)) {
      try await installation.rotate()
    }
    let new = try installation.file.load().current
    #expect(try installation.file.load().keys.map(\.id) == [stranger.id, new.id])
    // With the line back in the file, it goes through.
    try installation.file.replace(with: [old, stranger, new], under: installation.file.lock())
    #expect(try await installation.rotate().wrapped == 1)
  }

  @Test func `is done by one at a time`() async throws {
    let installation = try await Installation()
    let lock = try installation.file.lock()
    await #expect(throws: KeyFile.Failure.inUse(installation.file.path)) {
      try await installation.rotate()
    }
    _ = consume lock
  }

  @Test func `loses nobody's key while shops and accounts are opened and served`() async throws {
    let installation = try await Installation()
    let processes = [try installation.keys(), try installation.keys(), try installation.keys()]
    var opened: [(owner: Owner, sealed: SealedValue)] = []
    for _ in 1...5 {
      async let rotation = installation.rotate()
      opened += try await withThrowingTaskGroup { group in
        for number in 0..<12 {
          group.addTask {
            let owner =
              number % 2 == 0
              ? Owner.shop(
                try await TestShops(in: installation.place, withKeys: false).mine.staff)
              : Owner.account(try await installation.openAccount())
            let key = try await owner.key(by: processes[number % 3])
            return (owner, try SealedValue(sealing: Array("canary".utf8), with: key, for: context))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      _ = try await rotation
      for (owner, sealed) in opened {
        let key = try await owner.key(by: installation.keys())
        #expect(try sealed.open(with: key, for: context) == Array("canary".utf8))
      }
    }
    #expect(try installation.file.load().keys.count == 1)
  }

  private enum Owner: Sendable {
    case shop(ShopScope)
    case account(AccountScope)

    func key(by keys: DataKeys) async throws -> SecretKey {
      switch self {
      case .shop(let shop): try await keys.key(of: shop)
      case .account(let account): try await keys.key(of: account)
      }
    }
  }
}
