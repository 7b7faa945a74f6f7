import FoundationEssentials
import PostgreSQL
import Scope
import Synchronization
import TestSupport
import Testing

@testable import Jobs

/// Each on a database of its own: a worker takes what it finds.
@Suite(.serialized) struct `A worker` {
  private let job = Job<Numbered>("test.numbered", timeLimit: .seconds(30), atOncePerShop: 8)

  @Test func `runs every job once, with the effect in the job's own transaction`() async throws {
    let fixture = try await QueueFixture.own()
    let scope = fixture.shops.mine.commerce
    let done = Countdown(200)
    let handler = JobHandler(job) { payload, running in
      try await fixture.shops.database.transaction(in: scope) { tx in
        try await tx.run(QueueFixture.effect(payload.number, in: running.shop))
        try await running.finish(in: tx)
      }
      done.step()
    }
    _ = try await fixture.enqueue(
      job.enqueue(all: (1...200).map(Numbered.init), for: fixture.mine, now: fixture.now))
    try await running([handler], on: fixture) { await done.reached() }
    #expect(try await fixture.effects() == Array(1...200))
    #expect(try await fixture.rows() == [])
  }

  @Test func `tries again what failed, and then leaves a dead letter`() async throws {
    let fixture = try await QueueFixture.own()
    let attempts = Mutex<[Int]>([])
    let done = Countdown(3)
    let stubborn = Job<Numbered>("test.stubborn", attempts: 3)
    let handler = JobHandler(stubborn) { _, running in
      attempts.withLock { $0.append(running.attempt) }
      done.step()
      throw CancellationError()
    }
    _ = try await fixture.enqueue(
      stubborn.enqueue(Numbered(number: 1), for: fixture.mine, now: fixture.now))
    // A clock that jumps an hour at each look, so that no pause lasts.
    let clock = Mutex(fixture.now)
    let surroundings = WorkerSurroundings(
      now: {
        clock.withLock { now in
          now += 3_600
          return now
        }
      }, random: { 0 })
    try await running([handler], on: fixture, surroundings) { await done.reached() }
    #expect(attempts.withLock { $0 } == [1, 2, 3])
    #expect(try await fixture.rows() == ["test.stubborn dead 3"])
    let letters = try await fixture.queue.run(DeadLetter.all(), as: .login)
    #expect(letters.map(\.error) == ["CancellationError()"])
  }

  @Test func `gives up at once on a payload that is not what the job expects`() async throws {
    let fixture = try await QueueFixture.own()
    let done = Countdown(1)
    let old = Job<[String]>(job.name)
    let after = Job<Numbered>("test.after", atOncePerShop: 1)
    _ = try await fixture.enqueue(old.enqueue(["old"], for: fixture.mine, now: fixture.now))
    _ = try await fixture.enqueue(
      after.enqueue(Numbered(number: 1), for: fixture.mine, now: fixture.now + 1))
    let handlers = [
      JobHandler(job) { _, _ in Issue.record("must not run") },
      JobHandler(after) { _, _ in done.step() },
    ]
    try await running(handlers, on: fixture) { await done.reached() }
    #expect(try await fixture.rows() == ["test.numbered dead 1"])
  }

  @Test func `gives up at once where its handler says that trying again is of no use`() async throws
  {
    let fixture = try await QueueFixture.own()
    let done = Countdown(1)
    let handler = JobHandler(job) { _, _ in
      defer { done.step() }
      throw JobError.givenUp("nobody lives there")
    }
    _ = try await fixture.enqueue(
      job.enqueue(Numbered(number: 1), for: fixture.mine, now: fixture.now))
    try await running([handler], on: fixture) { await done.reached() }
    #expect(try await fixture.rows() == ["test.numbered dead 1"])
    let letters = try await fixture.queue.run(DeadLetter.all(), as: .login)
    #expect(letters.map(\.error) == [#"givenUp("nobody lives there")"#])
  }

  @Test func `cancels an attempt that takes longer than its job allows`() async throws {
    let fixture = try await QueueFixture.own()
    let done = Countdown(1)
    let slow = Job<Numbered>("test.slow", timeLimit: .milliseconds(20))
    let handler = JobHandler(slow) { _, _ in
      defer { done.step() }
      try await Task.sleep(for: .seconds(3_600))
    }
    _ = try await fixture.enqueue(
      slow.enqueue(Numbered(number: 1), for: fixture.mine, now: fixture.now))
    try await running([handler], on: fixture) { await done.reached() }
    #expect(try await fixture.rows() == ["test.slow scheduled 1"])
  }

  @Test func `gives back what it cannot finish when it is stopped`() async throws {
    let fixture = try await QueueFixture.own()
    let started = Countdown(1)
    let handler = JobHandler(job) { _, _ in
      started.step()
      try await Task.sleep(for: .seconds(3_600))
    }
    _ = try await fixture.enqueue(
      job.enqueue(Numbered(number: 1), for: fixture.mine, now: fixture.now))
    try await running([handler], on: fixture) { await started.reached() }
    #expect(try await fixture.rows() == ["test.numbered ready 0"])
  }

  @Test func `fires a schedule once, however many workers look`() async throws {
    let fixture = try await QueueFixture.own()
    let nightly = JobSchedule(
      Job("test.nightly"), try CronExpression("0 3 * * *"), in: .gmt, catchUp: .all)
    let start = Date(timeIntervalSince1970: 1_900_000_000)
    try await JobSchedule.fire([nightly], on: fixture.queue, now: start)
    #expect(try await fixture.platformRows() == [])
    for _ in 1...2 {
      try await withThrowingDiscardingTaskGroup { group in
        for _ in 1...4 {
          group.addTask {
            try await JobSchedule.fire([nightly], on: fixture.queue, now: start + 3 * 86_400)
          }
        }
      }
    }
    // 2030-03-17 17:46 UTC and three days later: the nights of the 18th, 19th and 20th.
    #expect(
      try await fixture.platformRows() == [1_900_033_200, 1_900_119_600, 1_900_206_000])
  }

  @Test(
    arguments: [
      (JobSchedule.CatchUp.none, 0), (.once, 1), (.all, 3),
    ])
  func `makes up for missed nights as the schedule says`(
    catchUp: JobSchedule.CatchUp, runs: Int
  ) throws {
    let nightly = JobSchedule(
      Job("test.nightly"), try CronExpression("0 3 * * *"), in: .gmt, catchUp: catchUp)
    let first = Date(timeIntervalSince1970: 1_900_033_200)
    let due = nightly.due(from: first, now: first + 2 * 86_400 + 3_600)
    #expect(due.runs == (0..<3).suffix(runs).map { first + Double($0) * 86_400 })
    #expect(due.next == first + 3 * 86_400)
    #expect(nightly.due(from: first, now: first + 5).runs == [first])
  }

  @Test func `purges old dead letters and events, and nothing else`() async throws {
    let fixture = try await QueueFixture.own()
    let now = fixture.now
    _ = try await fixture.queue.run(
      Command(
        """
        INSERT INTO app.jobs (shop_id, name, payload, state, run_at, max_attempts)
        SELECT \(fixture.mine), name, '{}', 'dead', at, 1
          FROM unnest(\(["test.old", "test.new"]), \([now - 31 * 86_400, now - 29 * 86_400]))
            AS letters (name, at)
        """),
      Command(
        """
        INSERT INTO app.outbox (shop_id, topic, aggregate, body, emitted_at, relayed_at)
        SELECT \(fixture.mine), topic, 'a', '{}', at, at
          FROM unnest(\(["test.old", "test.new"]), \([now - 8 * 86_400, now - 6 * 86_400]))
            AS events (topic, at)
        """), as: .login)
    let worker = Worker(
      Worker.Configuration(), queue: fixture.queue, surroundings: fixture.surroundings,
      handlers: Housekeeping.purges.map { $0.handler(queue: fixture.queue) })
    for schedule in try Housekeeping.purges.map({ try $0.schedule() }) {
      try await worker.run(schedule.job.name, asOf: now)
    }
    #expect(try await fixture.rows() == ["test.new dead 0"])
    let topics = Query<String>("SELECT topic FROM app.outbox WHERE relayed_at IS NOT NULL") {
      row throws(RowError) in try row.get("topic")
    }
    #expect(try await fixture.queue.run(topics, as: .login) == ["test.new"])
    await #expect(throws: JobError.unknownName("nothing")) {
      try await worker.run("nothing", asOf: now)
    }
  }
}

/// Runs a worker until something has happened, then stops it and waits for its end.
func running(
  _ handlers: [JobHandler], consumers: [EventConsumer] = [], on fixture: QueueFixture,
  _ surroundings: WorkerSurroundings? = nil, until happened: @Sendable () async -> Void
) async throws {
  var configuration = Worker.Configuration()
  configuration.stopTime = .milliseconds(100)
  let worker = Worker(
    configuration, queue: fixture.queue, surroundings: surroundings ?? fixture.surroundings,
    handlers: handlers, consumers: consumers)
  await withDiscardingTaskGroup { group in
    group.addTask { await worker.run() }
    await happened()
    await worker.stop()
  }
}

/// Lets a test wait until something happened so many times.
final class Countdown: Sendable {
  private let left: Mutex<Int>
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init(_ count: Int) {
    left = Mutex(count)
    (stream, continuation) = AsyncStream.makeStream()
  }

  func step() {
    let isLast = left.withLock { left in
      left -= 1
      return left == 0
    }
    if isLast { continuation.finish() }
  }

  func reached() async { for await _ in stream {} }
}

extension QueueFixture {
  /// For which times the platform's jobs were enqueued, in seconds since 1970.
  func platformRows() async throws -> [Int] {
    try await queue.run(
      Query<Int>(
        """
        SELECT (payload ->> 'scheduledAt')::numeric::bigint AS time FROM app.jobs
         WHERE shop_id = \(Platform.id) ORDER BY time
        """
      ) { row throws(RowError) in try row.get("time") }, as: .login)
  }
}
