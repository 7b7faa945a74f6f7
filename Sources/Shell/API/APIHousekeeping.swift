package import Jobs
import PostgreSQL

/// Nightly: answers whose keys may be used anew.
package enum APIHousekeeping {
  package static let purges = [
    Purge("api.purge_idempotency_keys", at: "27 2 * * *") { now, atOnce in
      Command(
        """
        DELETE FROM app.idempotency_keys AS kept USING (
          SELECT owner_id, taken_by, caller, route, key FROM app.idempotency_keys
           WHERE kept_until <= \(now) LIMIT \(atOnce)) AS old
         WHERE (kept.owner_id, kept.taken_by, kept.caller, kept.route, kept.key)
             = (old.owner_id, old.taken_by, old.caller, old.route, old.key)
        """)
    }
  ]
}
