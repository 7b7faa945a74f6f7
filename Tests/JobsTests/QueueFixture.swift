import FoundationEssentials
import PostgreSQL
import Scope
import TestSupport

@testable import Jobs

/// Two shops, and a table for effects. By default in a database that other tests use too: there, claim
/// for these shops alone.
struct QueueFixture {
  let place: TestDatabase
  let shops: TestShops
  let now = Date(timeIntervalSince1970: 1_900_000_000)

  var queue: Pool { place.worker }
  var mine: UUID { shops.mine.id.uuid }
  var theirs: UUID { shops.theirs.id.uuid }
  var surroundings: WorkerSurroundings {
    WorkerSurroundings(now: { [now] in now }, random: { 0 })
  }

  /// Shared by the tests that claim by hand.
  init() async throws { try await self.init(in: try await Self.shared.value) }

  /// For a worker, which takes what it finds.
  static func own() async throws -> QueueFixture {
    try await QueueFixture(in: try await prepared())
  }

  private init(in place: TestDatabase) async throws {
    self.place = place
    shops = try await TestShops(in: place)
  }

  private static let shared = Task { try await prepared() }

  private static func prepared() async throws -> TestDatabase {
    let place = try await TestDatabase.own()
    let owner = try Connection(to: place.superuserConnectionString)
    try await owner.script(
      """
      CREATE TABLE app.effects (shop_id uuid NOT NULL, number bigint NOT NULL);
      CALL app.protect('app.effects', 'martlet_commerce');
      CREATE POLICY worker_rows ON app.effects TO martlet_worker USING (true);
      GRANT INSERT, SELECT ON app.effects TO martlet_commerce, martlet_worker;
      """)
    await owner.close()
    return place
  }

  func enqueue(_ command: Command, in shop: TestShop? = nil) async throws -> Int {
    try await shops.database.run(command, in: (shop ?? shops.mine).commerce)
  }

  func claim(
    _ handlers: [JobHandler], wanted: Int = 10, perShop: Int = 100, lease: Duration = .seconds(60)
  ) async throws -> [ClaimedJob] {
    try await queue.run(
      JobStore.claim(
        handlers, of: [mine, theirs], wanted: wanted, perShop: perShop, lease: lease),
      as: .login)
  }

  func finish(_ jobs: [ClaimedJob]) async throws {
    try await settle(jobs) { JobStore.finish($0) }
  }

  func settle(_ jobs: [ClaimedJob], by statement: ([HeldJob]) -> some Statement) async throws {
    _ = try await queue.run(statement(jobs.map(HeldJob.init)), as: .login)
  }

  static func effect(_ number: Int, in shop: UUID) -> Command {
    Command("INSERT INTO app.effects (shop_id, number) VALUES (\(shop), \(number))")
  }

  func effects() async throws -> [Int] {
    try await queue.run(
      Query<Int>(
        """
        SELECT number FROM app.effects WHERE shop_id = ANY (\([mine, theirs])) ORDER BY number
        """
      ) { row throws(RowError) in
        try row.get("number")
      }, as: .login)
  }

  /// `name state attempts`, in the order of ids, without the rows that every test shop has.
  func rows() async throws -> [String] {
    try await queue.run(
      Query<String>(
        """
        SELECT name || ' ' || state || ' ' || attempts AS row FROM app.jobs
         WHERE name <> 'test.sample' AND shop_id = ANY (\([mine, theirs])) ORDER BY id
        """
      ) { row throws(RowError) in try row.get("row") }, as: .login)
  }
}

/// What jobs of tests are given.
struct Numbered: Codable, Sendable, Equatable {
  let number: Int
}

extension JobHandler {
  /// For tests that claim by hand.
  static func idle(_ job: Job<Numbered>) -> JobHandler { JobHandler(job) { _, _ in } }
}

extension ClaimedJob {
  var number: Int { (try? PayloadCoder.value(of: payload, as: Numbered.self).number) ?? -1 }
}
