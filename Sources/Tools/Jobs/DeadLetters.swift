package import FoundationEssentials
package import PostgreSQL

/// Jobs that failed for good, for people to look at. Needs a login as `martlet_worker`.
package struct DeadLetter: Sendable, Equatable {
  package let shop: UUID
  package let id: Int
  package let name: String
  package let attempts: Int
  package let failedAt: Date
  package let error: String

  /// The newest first, 100 at most.
  package static func all() -> Query<DeadLetter> {
    Query(
      """
      SELECT shop_id, id, name, attempts, run_at, coalesce(last_error, '') AS last_error
        FROM app.jobs WHERE state = 'dead' ORDER BY run_at DESC LIMIT 100
      """
    ) { row throws(RowError) in
      DeadLetter(
        shop: try row.get("shop_id"), id: try row.get("id"), name: try row.get("name"),
        attempts: try row.get("attempts"), failedAt: try row.get("run_at"),
        error: try row.get("last_error"))
    }
  }

  /// Puts them back into the queue with all their attempts. One whose key waits there already stays.
  /// - Parameter name: Only the jobs of this name, or only the one with this id.
  package static func retry(_ name: String, now: Date) -> Command {
    let chosen: SQL = if let id = Int(name) { "id = \(id)" } else { "name = \(name)" }
    return Command(
      """
      UPDATE app.jobs AS job SET state = 'ready', attempts = 0, run_at = \(now)
       WHERE state = 'dead' AND \(chosen) AND NOT EXISTS (
         SELECT FROM app.jobs AS same
          WHERE same.shop_id = job.shop_id AND same.name = job.name
            AND same.unique_key = job.unique_key
            AND (same.state IN ('scheduled', 'ready') OR same.state = 'dead' AND same.id < job.id))
      """)
  }
}
