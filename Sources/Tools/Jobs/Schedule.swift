package import FoundationEssentials
import PostgreSQL

/// What a scheduled job is given.
package struct ScheduledRun: Codable, Sendable, Equatable {
  /// The time that the schedule named, which may be a while ago.
  package let scheduledAt: Date

  package init(scheduledAt: Date) { self.scheduledAt = scheduledAt }
}

/// Enqueues a job of the platform at the times of a cron expression, once over all workers.
package struct JobSchedule: Sendable {
  /// What happens to the times at which no worker ran.
  package enum CatchUp: Sendable {
    /// Forgotten.
    case none
    /// One run, for the last of them.
    case once
    /// A run for each, the oldest first, 1,000 at most at a time.
    case all
  }

  package let job: Job<ScheduledRun>
  package let cron: CronExpression
  package let timeZone: TimeZone
  package let catchUp: CatchUp

  package init(
    _ job: Job<ScheduledRun>, _ cron: CronExpression, in timeZone: TimeZone, catchUp: CatchUp
  ) {
    self.job = job
    self.cron = cron
    self.timeZone = timeZone
    self.catchUp = catchUp
  }

  /// Times that are due, and the next one after them.
  /// - Parameter next: The first that has not been run, at or before `now`.
  func due(from next: Date, now: Date) -> (runs: [Date], next: Date?) {
    guard case .all = catchUp else {
      let last = cron.last(notAfter: now, in: timeZone).flatMap { $0 >= next ? $0 : nil }
      // A worker looks every second: what is older than a minute was missed.
      let isMissed = last.map { now.timeIntervalSince($0) > 60 } ?? true
      let runs = catchUp == .none && isMissed ? nil : last
      return (runs.map { [$0] } ?? [], cron.next(after: now, in: timeZone))
    }
    var runs: [Date] = []
    var time: Date? = next
    while let due = time, due <= now, runs.count < 1_000 {
      runs.append(due)
      time = cron.next(after: due, in: timeZone)
    }
    return (runs, time)
  }

  /// Enqueues what is due. The rows' locks make one worker do it, and the others pass by.
  static func fire(_ schedules: [JobSchedule], on queue: Pool, now: Date) async throws {
    guard !schedules.isEmpty else { return }
    let names = schedules.map(\.job.name)
    let rows = try await queue.run(ScheduleRow.all(names), as: .login)
    let known = Dictionary(rows.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for schedule in schedules {
      guard let row = known[schedule.job.name], schedule.isSame(as: row) else {
        try await schedule.store(on: queue, now: now)
        continue
      }
      if row.nextAt <= now { try await schedule.fire(on: queue, now: now) }
    }
  }

  private func isSame(as row: ScheduleRow) -> Bool {
    row.expression == cron.text && row.timeZone == timeZone.identifier
  }

  /// New, or with new times: what the old ones missed is no business of theirs.
  private func store(on queue: Pool, now: Date) async throws {
    guard let next = cron.next(after: now, in: timeZone) else { return }
    _ = try await queue.run(
      Command(
        """
        INSERT INTO app.job_schedules (name, expression, time_zone, next_at)
        VALUES (\(job.name), \(cron.text), \(timeZone.identifier), \(next))
        ON CONFLICT (name) DO UPDATE
          SET expression = EXCLUDED.expression, time_zone = EXCLUDED.time_zone,
              next_at = EXCLUDED.next_at
        """), as: .login)
  }

  private func fire(on queue: Pool, now: Date) async throws {
    try await queue.transaction(as: .login) { transaction in
      guard let row = try await transaction.first(ScheduleRow.locked(job.name, due: now)) else {
        return
      }
      let (runs, next) = due(from: row.nextAt, now: now)
      for time in runs {
        try await transaction.run(
          job.enqueue(ScheduledRun(scheduledAt: time), for: Platform.id, now: now))
      }
      // A date that never comes again, such as 30 February, is looked for in a year.
      try await transaction.run(
        Command(
          """
          UPDATE app.job_schedules SET next_at = \(next ?? now + 31_536_000)
           WHERE name = \(job.name)
          """))
    }
  }
}

private struct ScheduleRow: Sendable {
  let name: String
  let expression: String
  let timeZone: String
  let nextAt: Date

  static func all(_ names: [String]) -> Query<ScheduleRow> {
    query("\(columns) WHERE name = ANY (\(names))")
  }

  static func locked(_ name: String, due now: Date) -> Query<ScheduleRow> {
    query("\(columns) WHERE name = \(name) AND next_at <= \(now) FOR UPDATE SKIP LOCKED")
  }

  private static let columns: SQL =
    "SELECT name, expression, time_zone, next_at FROM app.job_schedules"

  private static func query(_ sql: SQL) -> Query<ScheduleRow> {
    Query(sql) { row throws(RowError) in
      ScheduleRow(
        name: try row.get("name"), expression: try row.get("expression"),
        timeZone: try row.get("time_zone"), nextAt: try row.get("next_at"))
    }
  }
}
