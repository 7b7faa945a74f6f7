import FoundationEssentials
package import PostgreSQL

/// The queue's own nightly work.
package enum Housekeeping {
  /// Dead letters stay for people to look at, events for questions about what was told to whom.
  static let deadLettersKept: TimeInterval = 30 * 86_400
  static let eventsKept: TimeInterval = 7 * 86_400
  private static let atOnce = 1_000

  static let deadLetters = Job<ScheduledRun>("jobs.purge_dead_letters")
  static let events = Job<ScheduledRun>("outbox.purge_events")

  /// In the small hours of most shops. A night that was missed is made up for by the next run.
  package static func schedules() throws(CronExpression.Refused) -> [JobSchedule] {
    [
      JobSchedule(
        deadLetters, try CronExpression("17 3 * * *"), in: .gmt, catchUp: .once),
      JobSchedule(events, try CronExpression("47 3 * * *"), in: .gmt, catchUp: .once),
    ]
  }

  /// - Parameter queue: Logs in as `martlet_worker`.
  package static func handlers(queue: Pool) -> [JobHandler] {
    [
      JobHandler(deadLetters) { run, _ in
        let before = run.scheduledAt - deadLettersKept
        while try await queue.run(purgeDeadLetters(before), as: .login) == atOnce {}
      },
      JobHandler(events) { run, _ in
        let before = run.scheduledAt - eventsKept
        while try await queue.run(purgeEvents(before), as: .login) == atOnce {}
      },
    ]
  }

  private static func purgeDeadLetters(_ before: Date) -> Command {
    Command(
      """
      DELETE FROM app.jobs AS job USING (
        SELECT shop_id, id FROM app.jobs WHERE state = 'dead' AND run_at < \(before)
         LIMIT \(atOnce)) AS old
       WHERE job.shop_id = old.shop_id AND job.id = old.id AND job.state = 'dead'
      """)
  }

  private static func purgeEvents(_ before: Date) -> Command {
    Command(
      """
      DELETE FROM app.outbox AS event USING (
        SELECT shop_id, id FROM app.outbox AS told
         WHERE relayed_at < \(before) AND NOT EXISTS (
           SELECT FROM app.outbox_deliveries AS waiting
            WHERE waiting.shop_id = told.shop_id AND waiting.event_id = told.id)
         LIMIT \(atOnce)) AS old
       WHERE event.shop_id = old.shop_id AND event.id = old.id
      """)
  }
}
