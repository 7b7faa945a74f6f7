package import PostgreSQL

/// What stands between two shops is in the catalog of the database: roles, policies, keys, grants.
/// The audit reads all of it, at every start and in the tests.
package enum Audit {
  /// Sentences, each saying what is wrong and what mends it; none when all is well.
  /// - Parameter pool: Any login: catalogs are open to all. The login itself is audited too, so give the
  ///   one that the program works with.
  package static func findings(on pool: Pool) async throws -> [String] {
    try await pool.transaction(as: .login, options: .readOnly) { tx in try await findings(in: tx) }
  }

  static nonisolated(nonsending) func findings(in tx: Transaction) async throws -> [String] {
    // Expressions in the catalog print with their schema only when it is not on the search path.
    try await tx.run(Command("SET LOCAL search_path = pg_catalog"))
    var findings: [String] = []
    for check in checks {
      let query = Query<String>(check) { row throws(RowError) in try row.get("finding") }
      findings += try await tx.all(query)
    }
    return findings
  }

  private static var checks: [SQL] {
    serverChecks + roleChecks + tableChecks + policyChecks + keyChecks + grantChecks + codeChecks
  }

  /// Each check is one SELECT with one text column, `finding`.
  private static var serverChecks: [SQL] {
    [
      // 15.20 closed the last known way around row-level security.
      """
      SELECT format('PostgreSQL is %s: upgrade the server to 15.20 or newer.',
                    current_setting('server_version')) AS finding
       WHERE current_setting('server_version_num')::int < 150020
      """,
      """
      SELECT 'row_security is off for this login: ALTER ROLE … RESET row_security.' AS finding
       WHERE current_setting('row_security') <> 'on'
      """,
    ]
  }
}
