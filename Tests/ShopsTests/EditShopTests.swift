import Foundation
import HTML
import Money
import PostgreSQL
import TestSupport
import Testing

@testable import Fields
@testable import Scope
@testable import Shops

@Suite struct `The settings of a shop` {
  private let languages: Languages = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try! Languages(folder: root.appending(path: "Locales").path)
  }()

  private func form(_ members: InputValue.Member...) throws -> EditShop.Form {
    try EditShop.Form.fields(languages).parse(.object(members))
  }

  private func row(of shops: TestShops) async throws -> ShopRow {
    try await shops.database.one(ShopRow.find(in: shops.mine.staff), in: shops.mine.staff)
  }

  private func amount(_ amount: String, _ currency: String?) -> InputValue {
    .object(
      [.init("amount", .string(amount))] + (currency.map { [.init("currency", .string($0))] } ?? [])
    )
  }

  @Test func `take an amount in the shop's currency, or none`() async throws {
    let shop = try await row(of: try await TestShops())
    let kes = Money(minorUnits: 1_250, currency: .kes)
    let given = try form(.init("minimum_order", amount("12.50", "KES")))
    let change = try EditShop.decide(given, on: shop, mayHidePoweredBy: false)
    #expect(change.minimumOrder == .some(kes) && change.approvalThreshold == nil)
    let none = try form(.init("minimum_order", .null))
    let emptied = try EditShop.decide(none, on: shop, mayHidePoweredBy: false)
    #expect(emptied.minimumOrder == .some(nil))
  }

  @Test(arguments: [
    ("12.50", "USD"), ("0", "KES"), ("-1", "KES"), ("1,5", "KES"), ("1.555", "KES"),
  ])
  func `refuse another currency's amount, and what is none`(given: String, code: String)
    async throws
  {
    let shop = try await row(of: try await TestShops())
    let form = try form(.init("minimum_order", amount(given, code)))
    #expect(throws: EditShop.Refusal.amountUnusable) {
      try EditShop.decide(form, on: shop, mayHidePoweredBy: false)
    }
  }

  @Test func `read what a person typed in their own digits`() async throws {
    let shop = try await row(of: try await TestShops())
    let form = try form(.init("minimum_order.amount", .string("۱۲٫۵۰")))
    let persian = try #require(languages.named("fa"))
    let change = try Language.$current.withValue(persian) {
      try EditShop.decide(form, on: shop, mayHidePoweredBy: false)
    }
    #expect(change.minimumOrder == .some(Money(minorUnits: 1_250, currency: .kes)))
  }

  @Test func `keep the line about the platform where the plan has it`() async throws {
    let shop = try await row(of: try await TestShops())
    let hidden = try form(.init("powered_by", .bool(false)))
    #expect(throws: EditShop.Refusal.poweredByStays) {
      try EditShop.decide(hidden, on: shop, mayHidePoweredBy: false)
    }
    #expect(throws: Never.self) {
      try EditShop.decide(hidden, on: shop, mayHidePoweredBy: true)
    }
    #expect([Plan].shipped.showPoweredBy(shop))
  }

  @Test func `change the currency until the first live order, and empty the amounts with it`()
    async throws
  {
    let shops = try await TestShops()
    let form = try form(.init("currency", .string("EUR")))
    let change = try EditShop.decide(form, on: try await row(of: shops), mayHidePoweredBy: false)
    #expect(change.currency == .eur && change.minimumOrder == .some(nil))
    try await shops.database.run(
      Command("UPDATE shops SET first_live_order_at = now() WHERE shop_id = \(shops.mine.id)"),
      in: shops.mine.commerce)
    let sold = try await row(of: shops)
    #expect(throws: EditShop.Refusal.currencyLocked) {
      try EditShop.decide(form, on: sold, mayHidePoweredBy: false)
    }
  }

  @Test(arguments: ["font_family", "locale", "currency", "country", "time_zone"])
  func `refuse a word that is none of theirs`(field: String) {
    #expect(throws: InvalidInput([FieldError(field: field, reason: .notAChoice)])) {
      try form(.init(field, .string("nonsense")))
    }
  }

  @Test func `list origins once, however they were typed`() async throws {
    let shop = try await row(of: try await TestShops())
    let typed = try form(
      .init("cors_origins", .string("https://a.example https://b.example, HTTPS://A.example")))
    let change = try EditShop.decide(typed, on: shop, mayHidePoweredBy: false)
    #expect(change.corsOrigins == ["https://a.example", "https://b.example"])
    let wrong = try form(.init("cors_origins", .array([.string("*")])))
    #expect(throws: EditShop.Refusal.originUnusable("*")) {
      try EditShop.decide(wrong, on: shop, mayHidePoweredBy: false)
    }
  }
}

@Suite struct `Another address for a shop` {
  private func newSlug() -> String { "shop-" + UUID().uuidString.lowercased().suffix(12) }

  private func rename(_ shop: TestShop, to slug: String, on database: Database, at now: Date)
    async throws
  {
    try await database.run(Command("SELECT app.rename_shop(\(slug), \(now))"), in: shop.staff)
  }

  @Test func `leaves the one before leading there for 90 days`() async throws {
    let shops = try await TestShops()
    let (mine, next, now) = (shops.mine, newSlug(), Date())
    try await rename(mine, to: next, on: shops.database, at: now)
    for (slug, days) in [(next, 0.0), (mine.slug, 0), (mine.slug, 89), (next, 91)] {
      let visit = try await Guard.visitor(
        ofSlug: slug, at: now + days * 86_400, database: shops.database)
      #expect(visit?.slug == next && visit?.scope.id == mine.id)
    }
    let late = try await Guard.visitor(
      ofSlug: mine.slug, at: now + 91 * 86_400, database: shops.database)
    #expect(late == nil)
  }

  @Test func `is never another shop's, nor one that it had`() async throws {
    let shops = try await TestShops()
    let (mine, theirs, now) = (shops.mine, shops.theirs, Date())
    try await rename(theirs, to: newSlug(), on: shops.database, at: now)
    await #expect {
      try await rename(mine, to: theirs.slug, on: shops.database, at: now)
    } throws: { ($0 as? PostgreSQLError)?.serverError?.state == SQLState("MS002") }
    let visit = try await Guard.visitor(ofSlug: mine.slug, at: now, database: shops.database)
    #expect(visit?.slug == mine.slug)
  }

  @Test func `can be the one before again, and is one of ten`() async throws {
    let shops = try await TestShops()
    let mine = shops.mine
    for _ in 1...9 { try await rename(mine, to: newSlug(), on: shops.database, at: Date()) }
    await #expect {
      try await rename(mine, to: newSlug(), on: shops.database, at: Date())
    } throws: { ($0 as? PostgreSQLError)?.serverError?.state == SQLState("MS003") }
    try await rename(mine, to: mine.slug, on: shops.database, at: Date())
    let visit = try await Guard.visitor(
      ofSlug: mine.slug, at: Date() + 91 * 86_400, database: shops.database)
    #expect(visit?.slug == mine.slug)
  }
}

@Suite struct `Shops in memory` {
  @Test func `are read once, and again when they were changed`() async throws {
    let shops = try await TestShops()
    let (mine, now) = (shops.mine, Date())
    let directory = ShopDirectory(database: shops.database)
    func name() async throws -> String? {
      try await directory.shop(named: mine.slug, at: now)?.row.name
    }
    let first = try await name()
    try await shops.database.run(
      Command("UPDATE shops SET name = 'Another' WHERE shop_id = \(mine.id)"), in: mine.staff)
    let kept = try await name()
    #expect(first == "A shop" && kept == "A shop")
    directory.forget("\(shops.theirs.id)")
    #expect(directory.known(mine.slug) != nil)
    directory.forget("\(mine.id)")
    #expect(directory.known(mine.slug) == nil)
    let changed = try await name()
    #expect(changed == "Another")
  }

  @Test func `are not kept under a name that is nobody's`() async throws {
    let shops = try await TestShops()
    let directory = ShopDirectory(database: shops.database)
    let nobody = try await directory.shop(named: "nobody-at-all", at: Date())
    #expect(nobody == nil && directory.known("nobody-at-all") == nil)
  }
}
