import FoundationEssentials
import PostgreSQL
import Scope
import Synchronization
import TestSupport
import Testing

@testable import Jobs

@Suite(.serialized) struct `The outbox` {
  private let topic = EventTopic<Numbered>("test.counted")

  @Test func `tells every consumer of every event, those of an aggregate in order`() async throws {
    let fixture = try await QueueFixture.own()
    let told = Mutex<[String: [Int]]>([:])
    let done = Countdown(2 * 60)
    let consumers = ["first", "second"].map { name in
      EventConsumer(
        name,
        .init(to: topic) { body, delivery in
          told.withLock { $0["\(name) \(delivery.aggregate)", default: []].append(body.number) }
          done.step()
        })
    }
    for number in 1...60 { try await emit(number, about: "order-\(number % 3)", on: fixture) }
    try await running([], consumers: consumers, on: fixture) { await done.reached() }
    for aggregate in 0..<3 {
      let expected = (1...60).filter { $0 % 3 == aggregate }
      #expect(told.withLock { $0["first order-\(aggregate)"] } == expected)
      #expect(told.withLock { $0["second order-\(aggregate)"] } == expected)
    }
    #expect(try await waitingDeliveries(on: fixture) == 0)
  }

  @Test func `keeps nothing of an event whose transaction rolled back`() async throws {
    let fixture = try await QueueFixture.own()
    struct Refused: Error {}
    let topic = topic
    await #expect(throws: Refused.self) {
      try await fixture.shops.database.transaction(in: fixture.shops.mine.commerce) { tx in
        try await tx.emit(
          topic, Numbered(number: 1), about: "a", of: fixture.mine, now: fixture.now)
        throw Refused()
      }
    }
    try await emit(2, about: "a", on: fixture)
    let told = Mutex<[Int]>([])
    let done = Countdown(1)
    let consumer = EventConsumer(
      "first",
      .init(to: topic) { body, _ in
        told.withLock { $0.append(body.number) }
        done.step()
      })
    try await running([], consumers: [consumer], on: fixture) { await done.reached() }
    #expect(told.withLock { $0 } == [2])
  }

  @Test func `holds up what is behind a failed event of an aggregate, and nothing else`()
    async throws
  {
    let fixture = try await QueueFixture.own()
    let told = Mutex<[Int]>([])
    let failures = Mutex(2)
    let done = Countdown(4)
    let consumer = EventConsumer(
      "first",
      .init(to: topic) { body, _ in
        let fails = failures.withLock { left in
          defer { if body.number == 1 { left -= 1 } }
          return body.number == 1 && left > 0
        }
        if fails { throw CancellationError() }
        told.withLock { $0.append(body.number) }
        done.step()
      })
    for number in 1...3 { try await emit(number, about: "a", on: fixture) }
    try await emit(4, about: "b", on: fixture)
    let clock = Mutex(fixture.now)
    let surroundings = WorkerSurroundings(
      now: {
        clock.withLock { now in
          now += 3_600
          return now
        }
      }, random: { 0 })
    try await running([], consumers: [consumer], on: fixture, surroundings) {
      await done.reached()
    }
    #expect(told.withLock { $0.filter { $0 < 4 } } == [1, 2, 3])
  }

  @Test func `refuses the effect of an event that was delivered before`() async throws {
    let fixture = try await QueueFixture.own()
    let deliveries = Mutex<[Delivery]>([])
    let done = Countdown(1)
    let consumer = EventConsumer(
      "first",
      .init(to: topic) { body, delivery in
        deliveries.withLock { $0.append(delivery) }
        try await fixture.shops.database.transaction(in: fixture.shops.mine.commerce) { tx in
          try await tx.run(QueueFixture.effect(body.number, in: delivery.shop))
          try await delivery.finish(in: tx)
        }
        done.step()
      })
    try await emit(1, about: "a", on: fixture)
    try await running([], consumers: [consumer], on: fixture) { await done.reached() }
    let again = try #require(deliveries.withLock { $0.first })
    await #expect(throws: JobError.deliveredBefore) {
      try await fixture.shops.database.transaction(in: fixture.shops.mine.commerce) { tx in
        try await tx.run(QueueFixture.effect(1, in: again.shop))
        try await again.finish(in: tx)
      }
    }
    #expect(try await fixture.effects() == [1])
  }

  @Test func `does not pass by an event that commits after a later one`() async throws {
    let fixture = try await QueueFixture.own()
    let relay = OutboxRelay([
      EventConsumer("first", .init(to: topic) { _, _ in })
    ])
    let topic = topic
    try await fixture.shops.database.transaction(in: fixture.shops.mine.commerce) { tx in
      try await tx.emit(topic, Numbered(number: 1), about: "a", of: fixture.mine, now: fixture.now)
      // Its number is taken; another one commits before it and is relayed.
      try await emit(2, about: "b", in: fixture.shops.theirs, on: fixture)
      try await relay.run(on: fixture.queue, now: fixture.now)
    }
    #expect(try await waitingDeliveries(on: fixture) == 1)
    try await relay.run(on: fixture.queue, now: fixture.now)
    #expect(try await waitingDeliveries(on: fixture) == 2)
  }

  private func emit(
    _ number: Int, about aggregate: String, in shop: TestShop? = nil, on fixture: QueueFixture
  ) async throws {
    let shop = shop ?? fixture.shops.mine
    _ = try await fixture.enqueue(
      topic.emit(
        Numbered(number: number), about: aggregate, of: shop.id.uuid, now: fixture.now), in: shop)
  }

  private func waitingDeliveries(on fixture: QueueFixture) async throws -> Int {
    let count = Query<Int>(
      "SELECT count(*) AS n FROM app.outbox_deliveries WHERE consumer = 'first'"
    ) { row throws(RowError) in try row.get("n") }
    return try await fixture.queue.run(count, as: .login)[0]
  }
}
