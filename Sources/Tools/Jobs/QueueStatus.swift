package import FoundationEssentials
package import Observability
package import PostgreSQL

/// How the queue stands.
package struct QueueStatus: Sendable, Equatable {
  /// Ready or scheduled, by the job's name.
  package var waiting: [String: Int] = [:]
  package var running = 0
  package var dead: [String: Int] = [:]
  /// Since when the oldest ready job could have run.
  package var oldestReady: Date?
  package var unrelayedEvents = 0

  /// - Parameter queue: Logs in as `martlet_worker`.
  package static func read(from queue: Pool) async throws(PostgreSQLError) -> QueueStatus {
    let (groups, events) = try await queue.run(Self.groups, Self.events, as: .login)
    var status = QueueStatus(unrelayedEvents: events.first ?? 0)
    for group in groups {
      switch group.state {
      case "running": status.running += group.count
      case "dead": status.dead[group.name, default: 0] += group.count
      default:
        status.waiting[group.name, default: 0] += group.count
        guard group.state == "ready" else { continue }
        status.oldestReady = min(status.oldestReady ?? group.oldest, group.oldest)
      }
    }
    return status
  }

  package func oldestAge(at now: Date) -> TimeInterval {
    oldestReady.map { max(0, now.timeIntervalSince($0)) } ?? 0
  }

  private struct Group: Sendable {
    let name: String
    let state: String
    let count: Int
    let oldest: Date
  }

  private static let groups = Query<Group>(
    "SELECT name, state, count(*) AS count, min(run_at) AS oldest FROM app.jobs GROUP BY name, state"
  ) { row throws(RowError) in
    Group(
      name: try row.get("name"), state: try row.get("state"), count: try row.get("count"),
      oldest: try row.get("oldest"))
  }

  private static let events = Query<Int>(
    "SELECT count(*) AS count FROM app.outbox WHERE relayed_at IS NULL"
  ) { row throws(RowError) in try row.get("count") }
}

/// What a worker process counts. The processes that answer `/metrics` register the same.
package struct JobMetrics: Sendable {
  private let waiting: Gauge
  private let running: Gauge
  private let dead: Gauge
  private let oldest: Gauge
  private let events: Gauge
  private let finished: Counter
  private let failed: Counter
  private let durations: Durations

  package init(_ metrics: Metrics) {
    waiting = metrics.gauge("jobs_waiting", help: "Jobs that are ready or scheduled.")
    running = metrics.gauge("jobs_running", help: "Jobs that workers hold.")
    dead = metrics.gauge("jobs_dead", help: "Jobs that failed for good.")
    oldest = metrics.gauge("jobs_oldest_seconds", help: "Age of the oldest ready job.")
    events = metrics.gauge("outbox_waiting", help: "Events that were not yet handed on.")
    finished = metrics.counter("jobs_finished_total", help: "Attempts that did their work.")
    failed = metrics.counter("jobs_failed_total", help: "Attempts that failed.")
    durations = metrics.durations("jobs_seconds", help: "Time that an attempt took.")
  }

  func set(_ status: QueueStatus, now: Date) {
    waiting.set(status.waiting.values.reduce(0, +))
    running.set(status.running)
    dead.set(status.dead.values.reduce(0, +))
    oldest.set(Int(status.oldestAge(at: now)))
    events.set(status.unrelayedEvents)
  }

  func ended(_ outcome: Settlement.Outcome?, after time: Duration) {
    switch outcome {
    case .finished, nil: finished.increment()
    case .givenBack: return
    case .failed, .dead: failed.increment()
    }
    durations.record(nanoseconds: UInt64(max(0, time / .nanoseconds(1))))
  }
}
