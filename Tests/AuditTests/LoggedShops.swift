import Access
import Audit
import FoundationEssentials
import PostgreSQL
import Scope
import Synchronization
import TestSupport

/// Two shops in a database of their own, whose logs are written, sealed and tampered with.
struct LoggedShops: Sendable {
  enum Action: String, AuditAction {
    case priceChanged = "price_changed"
    case itemHidden = "item_hidden"
  }

  let place: TestDatabase
  let shops: TestShops
  /// The time in the shops, which tests move.
  let clock = Clock()
  let actor = Context.system.newID(Account.self)

  final class Clock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_790_000_000))
    var now: Date { time.withLock { $0 } }
    func move(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
  }

  init() async throws {
    place = try await TestDatabase.own()
    shops = try await TestShops(in: place, withKeys: false)
  }

  var context: Context { Context(now: { [clock] in clock.now }, random: Context.system.random) }
  var sealing: AuditSealing { AuditSealing(queue: place.worker, context: context) }
  var check: AuditCheck {
    AuditCheck(database: Database(pool: place.operator), scope: Guard.commandLine())
  }

  func entry(
    _ action: Action = .priceChanged, by actor: AuditActor? = nil, target: String = "p1",
    before: AuditValues = ["price": .number(1)], after: AuditValues = ["price": .number(2)],
    origin: RequestOrigin? = nil
  ) -> AuditEntry {
    AuditEntry(
      action, by: actor ?? .account(self.actor, .manager), target: AuditTarget("product", target),
      before: before, after: after, origin: origin, context: context)
  }

  /// One after another, a second apart.
  @discardableResult
  func log(_ count: Int, in shop: TestShop) async throws -> [ID<AuditEntry>] {
    var ids: [ID<AuditEntry>] = []
    for number in 1...count {
      clock.move(by: 1)
      let entry = entry(target: "p\(number)")
      try await shops.database.run(entry.insert(in: shop.staff), in: shop.staff)
      ids.append(entry.id)
    }
    return ids
  }

  /// By somebody whom nothing in the database stops.
  func tamper(_ statements: String) async throws {
    let connection = try Connection(to: place.superuserConnectionString)
    try await connection.script("SET session_replication_role = replica; \(statements)")
    await connection.close()
  }

  func findings(in shop: TestShop) async throws -> [AuditFinding] {
    let found = try await check.shops(called: shop.slug)
    return try await check.check(found[0]).findings
  }

  func length(of shop: TestShop) async throws -> Int {
    let found = try await check.shops(called: shop.slug)
    return try await check.check(found[0]).length
  }
}
