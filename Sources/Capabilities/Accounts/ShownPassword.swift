import PostgreSQL
import Scope
import Secrets

/// The password that somebody was found to know. It may be changed before what it opens is open.
struct ShownPassword: Sendable {
  let account: ID<Account>
  let hash: PasswordHash

  /// Keeps the password as it is until the transaction ends. Whoever changes it at the same moment waits,
  /// and then ends what was opened; or was first, and nothing is opened.
  nonisolated(nonsending) func hold(in tx: Transaction) async throws {
    let query = Query<String?>(
      """
      SELECT password_hash FROM accounts
       WHERE account_id = \(account) AND state = 'active' FOR SHARE
      """
    ) { row throws(RowError) in try row.get("password_hash") }
    guard try await tx.first(query) == hash.text else { throw SignIn.Refusal.wrongCredentials }
  }
}
