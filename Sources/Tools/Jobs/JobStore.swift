import FoundationEssentials
import PostgreSQL

/// A job as a claim returns it.
struct ClaimedJob: Sendable {
  let shop: UUID
  let id: Int
  let name: String
  let payload: JSONText
  let attempt: Int
  let token: UUID

  init(_ row: borrowing Row) throws(RowError) {
    shop = try row.get("shop_id")
    id = try row.get("id")
    name = try row.get("name")
    payload = try row.get("payload")
    attempt = try row.get("attempts")
    token = try row.get("lease_token")
  }
}

/// A leased job, without its content.
struct HeldJob: Sendable, Hashable {
  let shop: UUID
  let id: Int
  let token: UUID
}

extension HeldJob {
  init(_ claimed: ClaimedJob) {
    self.init(shop: claimed.shop, id: claimed.id, token: claimed.token)
  }
}

/// What becomes of a leased job that did not end itself.
struct Settlement: Sendable {
  enum Outcome: Sendable {
    case finished
    /// Not done, and not its fault: the attempt does not count.
    case givenBack
    case failed(error: String, retryAt: Date)
    /// Trying again would change nothing.
    case dead(error: String)
  }
  let job: HeldJob
  let name: String
  let outcome: Outcome

  init(of claimed: ClaimedJob, _ outcome: Outcome) {
    job = HeldJob(claimed)
    name = claimed.name
    self.outcome = outcome
  }
}

/// A leased job that failed, and when it is tried again.
struct FailedJob: Sendable {
  let job: HeldJob
  let error: String
  let retryAt: Date
  /// Whatever attempts it has left.
  let isLast: Bool
}

/// The queue's statements, all as `martlet_worker`, and all touching few rows by index.
enum JobStore {
  /// Makes ready what is due.
  static func promote(_ now: Date) -> Command {
    Command(
      """
      WITH due AS MATERIALIZED (
        SELECT shop_id, id FROM app.jobs WHERE state = 'scheduled' AND run_at <= \(now)
         ORDER BY run_at LIMIT 500 FOR UPDATE SKIP LOCKED)
      UPDATE app.jobs AS job SET state = 'ready' FROM due
       WHERE job.shop_id = due.shop_id AND job.id = due.id
      """)
  }

  /// The next shops with ready jobs, from `after` on and round to the first ones, by one descent of
  /// the index for each: the jobs between are not looked at.
  static func turns(after: UUID, limit: Int) -> Query<UUID> {
    Query(
      """
      WITH RECURSIVE later AS (
        (SELECT shop_id, 1 AS n FROM app.jobs WHERE state = 'ready' AND shop_id > \(after)
          ORDER BY shop_id, name LIMIT 1)
        UNION ALL
        SELECT (SELECT shop_id FROM app.jobs WHERE state = 'ready' AND shop_id > later.shop_id
                 ORDER BY shop_id, name LIMIT 1), n + 1
          FROM later WHERE shop_id IS NOT NULL AND n < \(limit)),
      first AS (
        (SELECT shop_id, 1 AS n FROM app.jobs WHERE state = 'ready'
          ORDER BY shop_id, name LIMIT 1)
        UNION ALL
        SELECT (SELECT shop_id FROM app.jobs WHERE state = 'ready' AND shop_id > first.shop_id
                 ORDER BY shop_id, name LIMIT 1), n + 1
          FROM first WHERE shop_id IS NOT NULL AND n < \(limit))
      (SELECT shop_id FROM later WHERE shop_id IS NOT NULL ORDER BY n)
      UNION ALL
      (SELECT shop_id FROM first WHERE shop_id <= \(after) ORDER BY n)
      LIMIT \(limit)
      """
    ) { row throws(RowError) in try row.get("shop_id") }
  }

  static func claim(
    _ handlers: some Collection<JobHandler>, of turns: [UUID], wanted: Int, perShop: Int,
    lease: Duration
  ) -> Query<ClaimedJob> {
    Query(
      """
      SELECT shop_id, id, name, payload, attempts, lease_token
        FROM app.claim_jobs(
          \(turns), \(handlers.map(\.name)), \(handlers.map(\.atOncePerShop))::bigint[]::integer[],
          \(wanted)::integer, \(perShop)::integer, make_interval(secs => \(lease / .seconds(1))))
      """
    ) { row throws(RowError) in try ClaimedJob(row) }
  }

  /// One job that starts leased, for `martlet job run`.
  static func insertLeased(
    _ handler: JobHandler, _ payload: JSONText, now: Date, lease: Duration
  ) -> Query<ClaimedJob> {
    Query(
      """
      INSERT INTO app.jobs
        (shop_id, name, payload, state, run_at, attempts, max_attempts, lease_until, lease_token)
      VALUES (\(Platform.id), \(handler.name), \(payload), 'running', \(now), 1, \(handler.attempts),
              clock_timestamp() + make_interval(secs => \(lease / .seconds(1))), gen_random_uuid())
      RETURNING shop_id, id, name, payload, attempts, lease_token
      """
    ) { row throws(RowError) in try ClaimedJob(row) }
  }

  /// - Returns: Those that are still ours. A lease that is over is not begun anew.
  static func extend(_ held: [HeldJob], lease: Duration) -> Query<UUID> {
    Query(
      """
      UPDATE app.jobs AS job
         SET lease_until = clock_timestamp() + make_interval(secs => \(lease / .seconds(1)))
        FROM \(rows(held))
       WHERE \(isHeld) AND job.lease_until > clock_timestamp()
      RETURNING job.lease_token
      """
    ) { row throws(RowError) in try row.get("lease_token") }
  }

  static let expired = Query<(job: HeldJob, attempt: Int)>(
    """
    SELECT shop_id, id, lease_token, attempts FROM app.jobs
     WHERE state = 'running' AND lease_until < clock_timestamp()
     LIMIT 100 FOR UPDATE SKIP LOCKED
    """
  ) { row throws(RowError) in
    (
      HeldJob(
        shop: try row.get("shop_id"), id: try row.get("id"), token: try row.get("lease_token")),
      try row.get("attempts")
    )
  }

  /// - Returns: Those that were still ours, and so have ended.
  static func finish(_ held: [HeldJob]) -> Query<UUID> {
    Query(
      """
      DELETE FROM app.jobs AS job USING \(rows(held))
       WHERE \(isHeld) AND job.lease_until > clock_timestamp()
      RETURNING held.token
      """
    ) { row throws(RowError) in try row.get("token") }
  }

  /// A job whose key waits in the queue anew needs no second place there.
  static func dropReplaced(_ held: [HeldJob]) -> Command {
    Command(
      """
      DELETE FROM app.jobs AS job USING \(rows(held))
       WHERE \(isHeld) AND job.unique_key IS NOT NULL AND EXISTS (
         SELECT FROM app.jobs AS same
          WHERE same.shop_id = job.shop_id AND same.name = job.name
            AND same.unique_key = job.unique_key AND same.state IN ('scheduled', 'ready'))
      """)
  }

  static func giveBack(_ held: [HeldJob]) -> Command {
    Command(
      """
      UPDATE app.jobs AS job
         SET state = 'ready', attempts = attempts - 1, lease_until = NULL, lease_token = NULL
        FROM \(rows(held)) WHERE \(isHeld)
      """)
  }

  /// Back into the queue for later, or a dead letter after the last attempt.
  static func fail(_ failed: [FailedJob]) -> Command {
    Command(
      """
      UPDATE app.jobs AS job
         SET state = CASE WHEN is_last OR attempts >= max_attempts THEN 'dead' ELSE 'scheduled' END,
             run_at = retry_at, last_error = error, lease_until = NULL, lease_token = NULL
        FROM unnest(
          \(failed.map(\.job.shop)), \(failed.map(\.job.id)), \(failed.map(\.job.token)),
          \(failed.map(\.error)), \(failed.map(\.retryAt)), \(failed.map(\.isLast))
        ) AS held (shop_id, id, token, error, retry_at, is_last)
       WHERE \(isHeld)
      """)
  }

  private static func rows(_ held: [HeldJob]) -> SQL {
    """
    unnest(\(held.map(\.shop)), \(held.map(\.id)), \(held.map(\.token))) AS held (shop_id, id, token)
    """
  }

  private static let isHeld: SQL =
    "job.shop_id = held.shop_id AND job.id = held.id AND job.lease_token = held.token"
}
