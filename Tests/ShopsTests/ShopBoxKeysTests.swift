#if DEBUG
  import DataKeys
  import Foundation
  import PostgreSQL
  import Scope
  import Secrets
  import Shops
  import TestSupport
  import Testing

  /// With a key file and a database of its own, since a rotation concerns every key at once.
  @Suite(.serialized) struct `A shop's key pair` {
    private final class Place: Sendable {
      let place: TestDatabase
      let shops: TestShops
      let file: KeyFile
      private let folder = NSTemporaryDirectory() + "box-keys-\(UUID().uuidString)"

      init() async throws {
        place = try await .own()
        shops = try await TestShops(in: place, withKeys: false)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        file = KeyFile(path: "\(folder)/root-keys")
        _ = try file.loadOrMake()
      }

      deinit { try? FileManager.default.removeItem(atPath: folder) }

      /// As another process has them, that remembers nothing yet.
      func keys() throws -> ShopBoxKeys {
        let dataKeys = DataKeys(rootKeys: try RootKeys(file: file), database: shops.database)
        return ShopBoxKeys(database: shops.database, dataKeys: dataKeys, context: .system)
      }
    }

    @Test func `is made once, whoever asks first`() async throws {
      let place = try await Place()
      let shop = place.shops.mine.commerce
      let ids = try await withThrowingTaskGroup(of: UUID.self) { group in
        for _ in 1...10 { group.addTask { try await place.keys().current(of: shop).id } }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
    }

    @Test func `opens what was sealed to it, in every process and after root keys were rotated`()
      async throws
    {
      let place = try await Place()
      let mine = place.shops.mine
      let pair = try await place.keys().current(of: mine.commerce)
      let sealed = try pair.keys.publicKey.seal([1, 2, 3])
      let rotation = RootKeyRotation(
        file: place.file, database: Database(pool: place.place.operator))
      try await rotation.run()
      let later = try await place.keys().current(of: mine.staff)
      #expect(later.id == pair.id)
      #expect(try later.keys.open(sealed) == [1, 2, 3])
    }

    @Test func `is retired by the next one, and opens still`() async throws {
      let place = try await Place()
      let shop = place.shops.mine.staff
      let keys = try place.keys()
      let first = try await keys.current(of: shop)
      let sealed = try first.keys.publicKey.seal([7])
      try await keys.rotate(of: shop)
      let second = try await keys.current(of: shop)
      #expect(second.id != first.id)
      #expect(throws: SealError.self) { try second.keys.open(sealed) }
      let old = try #require(try await keys.pair(first.id, of: shop))
      #expect(try old.keys.open(sealed) == [7])
    }

    @Test func `is not found by another shop, and worthless in its row`() async throws {
      let place = try await Place()
      let shops = place.shops
      let keys = try place.keys()
      let mine = try await keys.current(of: shops.mine.staff)
      let theirs = try await keys.current(of: shops.theirs.staff)
      #expect(try await keys.pair(mine.id, of: shops.theirs.staff)?.id == nil)
      let superuser = try Connection(to: place.place.superuserConnectionString)
      try await superuser.script(
        """
        UPDATE app.shop_box_keys SET wrapped = (
          SELECT wrapped FROM app.shop_box_keys WHERE id = '\(mine.id)') WHERE id = '\(theirs.id)'
        """)
      await superuser.close()
      await #expect(throws: SealError.self) { try await keys.current(of: shops.theirs.staff) }
    }
  }
#endif
