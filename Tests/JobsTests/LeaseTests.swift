import FoundationEssentials
import PostgreSQL
import Scope
import TestSupport
import Testing

@testable import Jobs

@Suite struct `A lease` {
  private let job = Job<Numbered>("test.leased", atOncePerShop: 100)

  @Test func `lets the effect and the end of its job commit together`() async throws {
    let fixture = try await QueueFixture()
    let running = try await leased(on: fixture)
    let effect = QueueFixture.effect(1, in: fixture.mine)
    try await fixture.shops.database.transaction(in: fixture.shops.mine.commerce) { tx in
      try await tx.run(effect)
      try await running.finish(in: tx)
    }
    #expect(try await fixture.effects() == [1])
    #expect(try await fixture.rows() == [])
  }

  @Test func `refuses the effect of a second finish`() async throws {
    let fixture = try await QueueFixture()
    let running = try await leased(on: fixture)
    let scope = fixture.shops.mine.commerce
    _ = try await fixture.shops.database.run(
      QueueFixture.effect(1, in: fixture.mine), running.finish(), in: scope)
    let error = await #expect(throws: PostgreSQLError.self) {
      try await fixture.shops.database.run(
        QueueFixture.effect(2, in: fixture.mine), running.finish(), in: scope)
    }
    #expect(error.map(JobError.translated) as? JobError == .leaseLost)
    #expect(try await fixture.effects() == [1])
  }

  @Test func `ends when it is over, though nobody has taken the job yet`() async throws {
    let fixture = try await QueueFixture()
    let running = try await leased(on: fixture, for: .zero)
    await #expect(throws: JobError.leaseLost) { try await finish(running, on: fixture) }
    #expect(try await fixture.effects() == [])
  }

  @Test func `is refused to who had it before the job was taken back`() async throws {
    let fixture = try await QueueFixture.own()
    let first = try await leased(on: fixture, for: .zero)
    try await ExpiredLeases.takeBack(on: fixture.queue, fixture.surroundings)
    #expect(try await fixture.rows() == ["test.leased scheduled 1"])
    _ = try await fixture.queue.run(JobStore.promote(fixture.now + 3_600), as: .login)
    let second = try #require(try await fixture.claim([.idle(job)]).first)
    #expect(second.attempt == 2)
    await #expect(throws: JobError.leaseLost) { try await finish(first, on: fixture) }
    try await finish(RunningJob(second, startedAt: fixture.now), on: fixture)
    #expect(try await fixture.effects() == [1])
  }

  @Test func `is extended while it lasts, and not afterwards`() async throws {
    let fixture = try await QueueFixture()
    let lasting = try await leased(on: fixture)
    let over = try await leased(on: fixture, for: .zero)
    let held = [lasting, over].map { HeldJob(shop: $0.shop, id: $0.id, token: $0.token) }
    let still = try await fixture.queue.run(
      JobStore.extend(held, lease: .seconds(90)), as: .login)
    #expect(still == [lasting.token])
  }

  @Test func `belongs to a shop, and cannot be ended from another`() async throws {
    let fixture = try await QueueFixture()
    let running = try await leased(on: fixture)
    await #expect(throws: JobError.leaseLost) {
      try await fixture.shops.database.transaction(in: fixture.shops.theirs.commerce) { tx in
        try await running.finish(in: tx)
      }
    }
    try await finish(running, on: fixture)
  }

  @Test func `leaves a dead letter when it was lost the last time`() async throws {
    let fixture = try await QueueFixture.own()
    let fragile = Job<Numbered>("test.fragile", attempts: 1)
    _ = try await fixture.enqueue(
      fragile.enqueue(Numbered(number: 1), for: fixture.mine, now: fixture.now))
    _ = try await fixture.claim([.idle(fragile)], lease: .zero)
    try await ExpiredLeases.takeBack(on: fixture.queue, fixture.surroundings)
    #expect(try await fixture.rows() == ["test.fragile dead 1"])
    _ = try await fixture.queue.run(
      DeadLetter.retry("test.fragile", now: fixture.now), as: .login)
    #expect(try await fixture.rows() == ["test.fragile ready 0"])
  }

  private func leased(
    on fixture: QueueFixture, for lease: Duration = .seconds(60)
  ) async throws -> RunningJob {
    _ = try await fixture.enqueue(
      job.enqueue(Numbered(number: 1), for: fixture.mine, now: fixture.now))
    let claimed = try #require(try await fixture.claim([.idle(job)], lease: lease).first)
    return RunningJob(claimed, startedAt: fixture.now)
  }

  private func finish(_ running: RunningJob, on fixture: QueueFixture) async throws {
    let effect = QueueFixture.effect(1, in: fixture.mine)
    try await fixture.shops.database.transaction(in: fixture.shops.mine.commerce) { tx in
      try await tx.run(effect)
      try await running.finish(in: tx)
    }
  }
}
