package import FoundationEssentials
package import PostgreSQL
import Synchronization

/// A kind of event: its name and what it says. Events are rows of the transaction that causes them.
package struct EventTopic<Body: Codable & Sendable>: Sendable {
  package let name: String

  /// - Parameter name: Lower-case letters, digits, dots and underscores.
  package init(_ name: String) { self.name = name }

  /// - Parameters:
  ///   - aggregate: What the event happened to, such as an order's id. Its events are delivered in the
  ///     order of their rows: emit while the transaction holds the aggregate's row lock.
  ///   - shop: The transaction's own; `Platform.id` for none.
  package func emit(
    _ body: Body, about aggregate: String, of shop: UUID, now: Date
  ) throws(JobError) -> Command {
    Command(
      """
      INSERT INTO app.outbox (shop_id, topic, aggregate, body, emitted_at)
      VALUES (\(shop), \(name), \(aggregate), \(try PayloadCoder.text(body)), \(now))
      """)
  }
}

extension Transaction {
  /// `EventTopic.emit`, run.
  package nonisolated(nonsending) func emit<Body>(
    _ topic: EventTopic<Body>, _ body: Body, about aggregate: String, of shop: UUID, now: Date
  ) async throws {
    try await run(topic.emit(body, about: aggregate, of: shop, now: now))
  }
}

/// Who is told of events: of every event of its topics since it was first declared, at least once, and
/// those of one aggregate one after another.
package struct EventConsumer: Sendable {
  /// What it does on one topic.
  package struct Reaction: Sendable {
    let topic: String
    let perform: @Sendable (Delivery, JSONText) async throws -> Void

    package init<Body>(
      to topic: EventTopic<Body>,
      _ react: @escaping @Sendable (Body, Delivery) async throws -> Void
    ) {
      self.topic = topic.name
      perform = { delivery, body in try await react(try PayloadCoder.value(of: body), delivery) }
    }
  }

  let name: String
  let reactions: [Reaction]

  /// - Parameter name: Lower-case letters, digits and underscores; it stays for ever.
  package init(_ name: String, _ reactions: Reaction...) {
    self.name = name
    self.reactions = reactions
  }

  /// One job for each aggregate that has news: its key keeps it single, so order is kept.
  var job: Job<News> { Job("outbox.\(name)") }

  struct News: Codable {
    let aggregate: String
  }

  func handler(queue: Pool) -> JobHandler {
    JobHandler(job) { news, running in
      let waiting = EventRow.waiting(for: name, news.aggregate, of: running.shop)
      while true {
        let events = try await queue.run(waiting, as: .login)
        if events.isEmpty { return }
        for event in events { try await deliver(event, of: running.shop, queue: queue) }
      }
    }
  }

  private func deliver(_ event: EventRow, of shop: UUID, queue: Pool) async throws {
    try Task.checkCancellation()
    let delivery = Delivery(event, consumer: name, shop: shop)
    do {
      for reaction in reactions where reaction.topic == event.topic {
        try await reaction.perform(delivery, event.body)
      }
      // A topic that it no longer takes leaves the line too.
      if !delivery.finishesItself {
        try await queue.transaction(as: .login) { try await delivery.finish(in: $0) }
      }
    } catch JobError.deliveredBefore {
      // Another worker did it, as it may when our lease was lost: then it is done.
    }
  }
}

/// One event on its way to one consumer.
package final class Delivery: Sendable {
  package let event: Int
  package let shop: UUID
  package let aggregate: String
  package let emittedAt: Date
  private let consumer: String
  private let finishing = Atomic(false)

  fileprivate init(_ row: EventRow, consumer: String, shop: UUID) {
    event = row.id
    aggregate = row.aggregate
    emittedAt = row.emittedAt
    self.shop = shop
    self.consumer = consumer
  }

  /// Marks the event as told in the transaction of its effect: both happen, once, or neither. The
  /// transaction's scope must be the event's shop.
  package nonisolated(nonsending) func finish(in transaction: Transaction) async throws {
    do throws(PostgreSQLError) {
      _ = try await transaction.run(finish())
    } catch {
      throw JobError.translated(error)
    }
  }

  fileprivate func finish() -> Command {
    finishing.store(true, ordering: .releasing)
    return Command("SELECT app.finish_delivery(\(shop), \(consumer), \(event))")
  }

  fileprivate var finishesItself: Bool { finishing.load(ordering: .acquiring) }
}

private struct EventRow: Sendable {
  let id: Int
  let topic: String
  let aggregate: String
  let body: JSONText
  let emittedAt: Date

  static func waiting(for consumer: String, _ aggregate: String, of shop: UUID) -> Query<EventRow> {
    Query(
      """
      SELECT id, topic, outbox.aggregate, body, emitted_at
        FROM app.outbox_deliveries AS delivery
        JOIN app.outbox ON outbox.shop_id = delivery.shop_id AND outbox.id = delivery.event_id
       WHERE delivery.shop_id = \(shop) AND consumer = \(consumer)
         AND delivery.aggregate = \(aggregate)
       ORDER BY event_id LIMIT 100
      """
    ) { row throws(RowError) in
      EventRow(
        id: try row.get("id"), topic: try row.get("topic"), aggregate: try row.get("aggregate"),
        body: try row.get("body"), emittedAt: try row.get("emitted_at"))
    }
  }
}

/// Turns new events into what each consumer has to be told, one relay at a time in the whole database.
///
/// Events carry a mark instead of being read past a position: numbers are taken before commit, so a
/// reader that has passed number 2 would never see a number 1 that commits later.
struct OutboxRelay: Sendable {
  private let consumers: [EventConsumer]

  init(_ consumers: [EventConsumer]) { self.consumers = consumers }

  static let hasEvents = Query<Bool>(
    "SELECT EXISTS (SELECT FROM app.outbox WHERE relayed_at IS NULL) AS has_events"
  ) { row throws(RowError) in try row.get("has_events") }

  private static let isOnlyOne = Query<Bool>(
    "SELECT pg_try_advisory_xact_lock(hashtextextended('outbox', 0)) AS is_only_one"
  ) { row throws(RowError) in try row.get("is_only_one") }

  func run(on queue: Pool, now: Date) async throws {
    try await queue.transaction(as: .login) { transaction in
      guard try await transaction.one(Self.isOnlyOne) else { return }
      while try await transaction.run(relay(now)) == Self.atOnce {}
    }
  }

  private static let atOnce = 500

  private func relay(_ now: Date) -> Command {
    let pairs = consumers.flatMap { consumer in
      consumer.reactions.map { (consumer: consumer, topic: $0.topic) }
    }
    return Command(
      """
      WITH fresh AS MATERIALIZED (
        SELECT shop_id, id, topic, aggregate FROM app.outbox WHERE relayed_at IS NULL
         ORDER BY id LIMIT \(Self.atOnce)),
      told AS (
        INSERT INTO app.outbox_deliveries (shop_id, consumer, event_id, aggregate)
        SELECT shop_id, consumer, id, aggregate
          FROM fresh
          JOIN unnest(\(pairs.map(\.consumer.name)), \(pairs.map(\.topic))) AS wish (consumer, topic)
         USING (topic)
        RETURNING shop_id, consumer, aggregate),
      queued AS (
        INSERT INTO app.jobs (shop_id, name, payload, unique_key, state, run_at, max_attempts)
        SELECT DISTINCT shop_id, 'outbox.' || consumer, jsonb_build_object('aggregate', aggregate),
               aggregate, 'ready', \(now), 20
          FROM told
        ON CONFLICT DO NOTHING)
      UPDATE app.outbox AS event SET relayed_at = \(now) FROM fresh
       WHERE event.shop_id = fresh.shop_id AND event.id = fresh.id
      """)
  }
}
