import FoundationEssentials
import PostgreSQL

/// The queue's own nightly work.
package enum Housekeeping {
  /// Dead letters stay for people to look at, events for questions about what was told to whom.
  static let deadLettersKept: TimeInterval = 30 * 86_400
  static let eventsKept: TimeInterval = 7 * 86_400

  package static let purges = [
    Purge("jobs.purge_dead_letters", at: "17 3 * * *") { now, atOnce in
      Command(
        """
        DELETE FROM app.jobs AS job USING (
          SELECT shop_id, id FROM app.jobs
           WHERE state = 'dead' AND run_at < \(now - deadLettersKept) LIMIT \(atOnce)) AS old
         WHERE job.shop_id = old.shop_id AND job.id = old.id AND job.state = 'dead'
        """)
    },
    Purge("outbox.purge_events", at: "47 3 * * *") { now, atOnce in
      Command(
        """
        DELETE FROM app.outbox AS event USING (
          SELECT shop_id, id FROM app.outbox AS told
           WHERE relayed_at < \(now - eventsKept) AND NOT EXISTS (
             SELECT FROM app.outbox_deliveries AS waiting
              WHERE waiting.shop_id = told.shop_id AND waiting.event_id = told.id)
           LIMIT \(atOnce)) AS old
         WHERE event.shop_id = old.shop_id AND event.id = old.id
        """)
    },
  ]
}
