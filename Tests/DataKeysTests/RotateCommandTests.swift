import DataKeys
import Foundation
import PostgreSQL
import Secrets
import TestSupport
import Testing

@testable import Scope

@Suite struct `martlet keys rotate` {
  /// As many as make several batches.
  private static let shopCount = 500

  @Test(arguments: [UInt64(1)])
  func `killed at any moment loses no key, and ends with one when it is run to its end`(
    seed: UInt64
  ) async throws {
    var random = SeededGenerator(seed: seed)
    let installation = try await Installation()
    let shops = try await installation.openShops(Self.shopCount)
    let serving = try installation.keys()
    var ids: [KeyID] = []
    for shop in shops { ids.append(try await serving.key(of: shop).id) }
    let first = try installation.file.load().current

    let start = ContinuousClock.now
    #expect(try rotate(installation, killedAfter: nil) == 0)
    let whole = ContinuousClock.now - start
    var kills = 0
    for _ in 1...12 {
      let moment = whole * Double.random(in: 0...1, using: &random)
      if try rotate(installation, killedAfter: moment) == SIGKILL { kills += 1 }
      // As a process that has just started, and knows only what is in the file.
      let keys = try installation.keys()
      for index in (0..<20).map({ _ in shops.indices.randomElement(using: &random)! }) {
        #expect(try await keys.key(of: shops[index]).id == ids[index])
      }
    }
    #expect(kills > 0)
    #expect(try rotate(installation, killedAfter: nil) == 0)

    let ring = try installation.file.load()
    #expect(ring.keys.count == 1)
    #expect(ring[first.id] == nil)
    #expect(try await installation.rootKeysInDatabase() == [ring.current.id])
    let keys = try installation.keys()
    for (shop, id) in zip(shops, ids) { #expect(try await keys.key(of: shop).id == id) }
  }

  @Test func `says how to be used`() async throws {
    let installation = try await Installation()
    #expect(try run(["keys"], installation).terminationStatus == 64)
    #expect(try run(["keys", "burn"], installation).terminationStatus == 64)
  }

  /// - Returns: Its exit code, or the signal that ended it.
  private func rotate(_ installation: Installation, killedAfter moment: Duration?) throws -> Int32 {
    try run(["keys", "rotate"], installation, killedAfter: moment).terminationStatus
  }

  private func run(
    _ arguments: [String], _ installation: Installation, killedAfter moment: Duration? = nil
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0])
      .deletingLastPathComponent().appending(path: "martlet")
    process.arguments = arguments
    process.environment = [
      "DATABASE_URL": installation.place.connectionString(login: Login.web.rawValue),
      "MARTLET_OPERATOR_URL": installation.place.connectionString(login: Login.operator.rawValue),
      "MARTLET_KEYS": installation.file.path,
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    if let moment {
      // Not to wait for anything: the moment is what is tested.
      usleep(UInt32(moment / .microseconds(1)))
      kill(process.processIdentifier, SIGKILL)
    }
    process.waitUntilExit()
    return process
  }
}

extension Installation {
  /// In one go, since opening them is not what is tested.
  fileprivate func openShops(_ count: Int) async throws -> [ShopScope] {
    let ids = (0..<count).map { _ in Context.system.newID(Shop.self) }
    try await Database(pool: place.operator).run(
      Command(
        """
        INSERT INTO shop_slugs (slug, shop_id)
        SELECT 'shop-' || right(id::text, 12), id FROM unnest(\(ids)) AS id
        """),
      Command(
        """
        INSERT INTO shops (shop_id, slug, name, state, currency, locale, time_zone, country)
        SELECT id, 'shop-' || right(id::text, 12), 'A shop', 'active', 'KES', 'en', 'Africa/Nairobi', 'KE'
          FROM unnest(\(ids)) AS id
        """),
      in: OperatorScope())
    return ids.map { ShopScope($0, tables: .staff) }
  }
}
