import Foundation
import PostgreSQL
import TestSupport
import Testing

@testable import Scope
@testable import Shops

@Suite struct `The addresses to try for a new shop` {
  private func candidates(name: String, slug: String? = nil) throws -> [String] {
    let form = OpenShop.Form(name: name, country: "KE", currency: "KES", slug: slug)
    return try OpenShop.candidates(for: form, random: { 7 }).map(\.text)
  }

  @Test func `begin with its name`() throws {
    #expect(try candidates(name: "Amina's Tea & Coffee").first == "amina-s-tea-coffee")
    #expect(try candidates(name: "  Été 24 ").first == "t-24")
  }

  @Test(arguments: ["چای", "A", "--", "🫖", "www", "admin"])
  func `are numbered where the name gives none`(name: String) throws {
    let slugs = try candidates(name: name)
    #expect(!slugs.isEmpty && slugs.allSatisfy { $0.hasPrefix("my-shop-") })
  }

  @Test func `are the one that was asked for, alone`() throws {
    #expect(try candidates(name: "Tea", slug: "Kericho-Tea") == ["kericho-tea"])
  }

  @Test(
    arguments: [
      "ab", "-tea", "tea-", "te--a", "te a", "te.a", "www", "api", "چای",
      String(repeating: "a", count: 41),
    ])
  func `refuse what no host name has, and what is kept`(slug: String) {
    #expect(throws: OpenShop.Refusal.slugUnusable) { try candidates(name: "Tea", slug: slug) }
  }

  @Test(arguments: 1...200 as ClosedRange<UInt64>)
  func `are usable, whatever the name`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let name = String(
      (0..<Int.random(in: 1...60, using: &random)).map { _ in
        "aZ9 -_.é".randomElement(using: &random)!
      })
    for slug in try candidates(name: name) { #expect(ShopSlug(slug) != nil) }
  }
}

@Suite struct `Opening a shop` {
  /// An account in the shared database, which signs in to nothing.
  private func account(on database: Database) async throws
    -> AccountScope
  {
    let scope = Guard.newAccount(.system)
    try await database.run(
      Command(
        """
        INSERT INTO accounts (account_id, terms_version, terms_accepted_at, created_at)
        VALUES (\(scope.id), '1.0', now(), now())
        """), in: scope)
    return scope
  }

  private func open(
    _ slugs: [String], for scope: AccountScope, on database: Database
  ) async throws -> ShopRow {
    let now = Date()
    return try await database.one(
      ShopRow.query(
        from: """
          app.open_shop(\(Context.system.newID(Shop.self)), \(slugs), 'Tea', 'KE', 'KES', 'en', 'UTC',
                        \(Context.system.newID(Shop.self)), \(now))
          """), in: scope)
  }

  private func newSlug() -> String { "shop-" + UUID().uuidString.lowercased().suffix(12) }

  @Test func `makes its opener the owner, of it alone`() async throws {
    let shops = try await TestShops()
    let scope = try await account(on: shops.database)
    let row = try await open([newSlug()], for: scope, on: shops.database)
    let mine = try await shops.database.all(
      Query<String>("SELECT slug || ' ' || role AS text FROM app.shops_of_account()") {
        row throws(RowError) in try row.get("text")
      }, in: scope)
    #expect(mine == ["\(row.slug) owner"])
    #expect(row.state == "active" && row.isTest)
  }

  @Test func `takes the first address that is free`() async throws {
    let shops = try await TestShops()
    let scope = try await account(on: shops.database)
    let free = newSlug()
    let row = try await open([shops.theirs.slug, free], for: scope, on: shops.database)
    #expect(row.slug == free)
  }

  @Test func `is refused when every address is another's, and opens nothing`() async throws {
    let shops = try await TestShops()
    let scope = try await account(on: shops.database)
    let refused = await #expect(throws: PostgreSQLError.self) {
      try await open([shops.theirs.slug], for: scope, on: shops.database)
    }
    #expect(refused?.serverError?.state == SQLState("MS002"))
    _ = try await open([newSlug()], for: scope, on: shops.database)
  }

  @Test func `of two hundred who ask for the last free shop of an allowance, one gets it`()
    async throws
  {
    let shops = try await TestShops()
    let scope = try await account(on: shops.database)
    let slugs = (0..<200).map { _ in newSlug() }
    let opened = await withTaskGroup(of: Bool.self) { group in
      for slug in slugs {
        group.addTask { (try? await open([slug], for: scope, on: shops.database)) != nil }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(opened == 1)
  }

  @Test func `shows nobody else's role`() async throws {
    let shops = try await TestShops()
    let (mine, theirs) = (
      try await account(on: shops.database), try await account(on: shops.database)
    )
    let row = try await open([newSlug()], for: theirs, on: shops.database)
    let found = try await shops.database.all(
      Query<String>("SELECT role FROM app.role_in_shop(\(row.id), NULL)") {
        row throws(RowError) in try row.get("role")
      }, in: mine)
    #expect(found == [])
  }
}
