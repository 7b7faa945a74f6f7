package import Jobs
import PostgreSQL

/// Nightly: sessions and links that are over.
package enum AccountsHousekeeping {
  package static let purges = [
    Purge("accounts.purge_sessions", at: "37 2 * * *") { now, atOnce in
      Command(
        """
        DELETE FROM app.account_sessions AS session USING (
          SELECT account_id, session_id FROM app.account_sessions
           WHERE expires_at <= \(now) LIMIT \(atOnce)) AS old
         WHERE session.account_id = old.account_id AND session.session_id = old.session_id
        """)
    },
    Purge("accounts.purge_links", at: "57 2 * * *") { now, atOnce in
      Command(
        """
        DELETE FROM app.account_links AS link USING (
          SELECT account_id, token_hash FROM app.account_links
           WHERE expires_at <= \(now) LIMIT \(atOnce)) AS old
         WHERE link.account_id = old.account_id AND link.token_hash = old.token_hash
        """)
    },
  ]
}
