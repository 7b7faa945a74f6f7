import FoundationEssentials
import PostgreSQL
import Scope
import TestSupport
import Testing

@testable import Jobs

@Suite struct `The job queue` {
  private let job = Job<Numbered>("test.numbered", atOncePerShop: 100)

  @Test func `hands each job to one claim, the oldest first`() async throws {
    let fixture = try await QueueFixture()
    for number in 1...5 { try await enqueue(number, on: fixture) }
    let first = try await fixture.claim([.idle(job)], wanted: 3)
    let second = try await fixture.claim([.idle(job)], wanted: 3)
    #expect(first.map(\.number).sorted() == [1, 2, 3])
    #expect(second.map(\.number).sorted() == [4, 5])
    #expect(first.allSatisfy { $0.attempt == 1 && $0.shop == fixture.mine })
    try await fixture.finish(first + second)
    #expect(try await fixture.rows() == [])
  }

  @Test func `keeps a job of a transaction that rolled back to itself`() async throws {
    let fixture = try await QueueFixture()
    let command = try job.enqueue(Numbered(number: 1), for: fixture.mine, now: fixture.now)
    struct Refused: Error {}
    await #expect(throws: Refused.self) {
      try await fixture.shops.database.transaction(in: fixture.shops.mine.commerce) { tx in
        try await tx.run(command)
        throw Refused()
      }
    }
    #expect(try await fixture.rows() == [])
  }

  @Test func `takes the urgent before the normal of the same shop`() async throws {
    let fixture = try await QueueFixture()
    for (number, priority) in [(1, JobPriority.background), (2, .normal), (3, .urgent)] {
      try await enqueue(number, on: fixture, priority: priority)
    }
    var order: [Int] = []
    for _ in 1...3 { order += try await fixture.claim([.idle(job)], wanted: 1).map(\.number) }
    #expect(order == [3, 2, 1])
  }

  @Test func `holds a job until its time`() async throws {
    let fixture = try await QueueFixture()
    let later = fixture.now + 86_400
    try await enqueue(1, on: fixture, runAt: later)
    _ = try await fixture.queue.run(JobStore.promote(later - 1), as: .login)
    #expect(try await fixture.rows() == ["test.numbered scheduled 0"])
    #expect(try await fixture.claim([.idle(job)]).isEmpty)
    _ = try await fixture.queue.run(JobStore.promote(later), as: .login)
    #expect(try await fixture.claim([.idle(job)]).map(\.number) == [1])
  }

  @Test func `stores one of a key while it waits, and runs one at a time`() async throws {
    let fixture = try await QueueFixture()
    #expect(try await enqueue(1, on: fixture, key: "k") == 1)
    #expect(try await enqueue(2, on: fixture, key: "k") == 0)
    #expect(try await enqueue(3, on: fixture, key: "other") == 1)
    let running = try await fixture.claim([.idle(job)])
    #expect(running.map(\.number).sorted() == [1, 3])
    // Started, the first has given its place in the queue away, but the second has to wait.
    #expect(try await enqueue(4, on: fixture, key: "k") == 1)
    #expect(try await fixture.claim([.idle(job)]).isEmpty)
    try await fixture.finish(running)
    #expect(try await fixture.claim([.idle(job)]).map(\.number) == [4])
  }

  @Test func `drops a failed job whose key waits anew`() async throws {
    let fixture = try await QueueFixture()
    try await enqueue(1, on: fixture, key: "k")
    let running = try await fixture.claim([.idle(job)])
    try await enqueue(2, on: fixture, key: "k")
    try await fixture.settle(running) { JobStore.dropReplaced($0) }
    #expect(try await fixture.rows() == ["test.numbered ready 0"])
  }

  @Test func `lets shops take turns, however much one has`() async throws {
    let fixture = try await QueueFixture()
    let many = (1...500).map(Numbered.init)
    _ = try await fixture.enqueue(job.enqueue(all: many, for: fixture.mine, now: fixture.now))
    let one = try job.enqueue(Numbered(number: 7), for: fixture.theirs, now: fixture.now)
    _ = try await fixture.enqueue(one, in: fixture.shops.theirs)
    let claimed = try await fixture.claim([.idle(job)], wanted: 4)
    #expect(claimed.count { $0.shop == fixture.theirs } == 1)
    #expect(claimed.count { $0.shop == fixture.mine } == 3)
  }

  @Test func `bounds what runs of one shop, and of one name in it`() async throws {
    let fixture = try await QueueFixture()
    let narrow = Job<Numbered>("test.narrow", atOncePerShop: 1)
    for number in 1...5 {
      try await enqueue(number, on: fixture)
      _ = try await fixture.enqueue(
        narrow.enqueue(Numbered(number: number), for: fixture.mine, now: fixture.now))
    }
    let claimed = try await fixture.claim([.idle(job), .idle(narrow)], perShop: 3)
    #expect(claimed.count == 3)
    #expect(claimed.count { $0.name == "test.narrow" } <= 1)
    #expect(try await fixture.claim([.idle(job), .idle(narrow)], perShop: 3).isEmpty)
    let more = try await fixture.claim([.idle(job), .idle(narrow)], perShop: 10)
    #expect((claimed + more).count { $0.name == "test.narrow" } == 1)
  }

  @Test func `keeps its bounds when many claim at once`() async throws {
    let fixture = try await QueueFixture()
    let many = (1...100).map(Numbered.init)
    _ = try await fixture.enqueue(job.enqueue(all: many, for: fixture.mine, now: fixture.now))
    let claimed = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
      for _ in 1...20 {
        group.addTask { try await fixture.claim([.idle(job)], wanted: 3, perShop: 7) }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(claimed.count <= 7)
    #expect(Set(claimed.map(\.id)).count == claimed.count)
  }

  @Test func `leaves names that nobody handles where they are, and counts them`() async throws {
    let fixture = try await QueueFixture()
    try await enqueue(1, on: fixture)
    #expect(try await fixture.claim([.idle(Job("test.other"))]).isEmpty)
    let status = try await QueueStatus.read(from: fixture.queue)
    #expect(status.waiting["test.numbered", default: 0] >= 1)
    #expect(status.oldestReady != nil)
  }

  @Test func `lets web roles add to their own shop only, and see nothing`() async throws {
    let fixture = try await QueueFixture()
    let foreign = try job.enqueue(Numbered(number: 1), for: fixture.theirs, now: fixture.now)
    await #expect(throws: PostgreSQLError.self) { try await fixture.enqueue(foreign) }
    let platform = try job.enqueue(Numbered(number: 1), for: Platform.id, now: fixture.now)
    await #expect(throws: PostgreSQLError.self) { try await fixture.enqueue(platform) }
    await #expect(throws: PostgreSQLError.self) {
      try await fixture.enqueue(Command("DELETE FROM app.jobs"))
    }
    await #expect(throws: PostgreSQLError.self) {
      try await fixture.enqueue(Command("SELECT id FROM app.jobs"))
    }
  }

  @discardableResult
  private func enqueue(
    _ number: Int, on fixture: QueueFixture, runAt: Date? = nil, key: String? = nil,
    priority: JobPriority = .normal
  ) async throws -> Int {
    try await fixture.enqueue(
      job.enqueue(
        Numbered(number: number), for: fixture.mine, now: fixture.now + Double(number) / 1_000,
        runAt: runAt, key: key, priority: priority))
  }
}

@Suite struct `The shops whose turn is next` {
  @Test func `begin behind the last one and go round`() async throws {
    let fixture = try await QueueFixture()
    let all = try await turns(after: Platform.id, limit: 10_000, on: fixture)
    #expect(all.contains(fixture.mine) && all.contains(fixture.theirs))
    #expect(Set(all).count == all.count)
    let behind = try await turns(after: fixture.mine, limit: 10_000, on: fixture)
    let place = try #require(behind.firstIndex(of: fixture.mine))
    // Itself comes last, but for shops that other tests open meanwhile.
    #expect(place >= all.count - 1)
    #expect(try await turns(after: fixture.mine, limit: 1, on: fixture).count == 1)
  }

  private func turns(
    after shop: UUID, limit: Int, on fixture: QueueFixture
  ) async throws -> [UUID] {
    try await fixture.queue.run(JobStore.turns(after: shop, limit: limit), as: .login)
  }
}
