package import Jobs
import PostgreSQL

/// Nightly: subjects that nobody counts any more.
package enum LimitsHousekeeping {
  package static let purges = [
    Purge("limits.purge_attempts", at: "7 2 * * *") { now, atOnce in
      Command(
        """
        DELETE FROM app.attempts WHERE subject IN (
          SELECT subject FROM app.attempts WHERE until <= \(now) LIMIT \(atOnce))
        """)
    }
  ]
}
