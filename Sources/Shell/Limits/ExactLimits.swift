package import FoundationEssentials
import PostgreSQL
package import Scope
import Secrets

/// So many uses in a window, counted exactly over all processes. For what is worth a round trip, such as
/// registering and checkout.
package struct Allowance: Sendable {
  let name: StaticString
  package let uses: Int
  let window: Duration

  /// - Parameter name: Tells one allowance's subjects from another's.
  package init(_ name: StaticString, _ uses: Int, per window: Duration) {
    self.name = name
    self.uses = uses
    self.window = window
  }

  /// One use.
  /// - Parameters:
  ///   - subject: Who uses, such as an address; stored as a hash.
  ///   - scope: Any: the count is its own transaction, and stands if what follows is rolled back.
  package func take(
    by subject: String, database: Database, in scope: some TransactionScope, now: Date
  ) async throws -> Budget {
    let query = Query<Budget>(
      """
      SELECT used, renewed_at FROM app.take_of_allowance(
        \(Bytes(subjectHash(name, subject))), \(uses)::integer,
        make_interval(secs => \(window.wholeSeconds)), \(now))
      """
    ) { [uses] row throws(RowError) in
      let renewedAt = try row.get("renewed_at", as: Date.self)
      return Budget(
        uses: uses, used: try row.get("used"), renewedIn: renewedAt.timeIntervalSince(now))
    }
    let budget = try await database.one(query, in: scope)
    guard budget.isWithin else { throw TooManyRequests(budget: budget) }
    return budget
  }
}

/// Tries of something secret, such as a password: a few at once, then ever longer waits. Counted before
/// it is known whether a try is right, and forgotten when it was.
package struct Throttle: Sendable {
  let name: StaticString
  let free: Int
  let firstWait: Duration
  let longestWait: Duration
  let forgottenAfter: Duration

  /// - Parameters:
  ///   - free: Tries without a wait.
  ///   - forgottenAfter: Since the end of the last wait.
  package init(
    _ name: StaticString, free: Int, firstWait: Duration, longestWait: Duration,
    forgottenAfter: Duration
  ) {
    self.name = name
    self.free = free
    self.firstWait = firstWait
    self.longestWait = longestWait
    self.forgottenAfter = forgottenAfter
  }

  /// - Throws: `TooManyRequests` while there is a wait; the try is not counted then.
  package func take(
    by subject: String, database: Database, in scope: some TransactionScope, now: Date
  ) async throws {
    let query = Query<(Bool, Date)>(
      """
      SELECT is_allowed, wait_until FROM app.take_try(
        \(Bytes(subjectHash(name, subject))), \(free)::integer,
        make_interval(secs => \(firstWait.wholeSeconds)),
        make_interval(secs => \(longestWait.wholeSeconds)),
        make_interval(secs => \(forgottenAfter.wholeSeconds)), \(now))
      """
    ) { row throws(RowError) in (try row.get("is_allowed"), try row.get("wait_until")) }
    let (isAllowed, waitUntil) = try await database.one(query, in: scope)
    guard isAllowed else {
      throw TooManyRequests(
        budget: Budget(uses: free, used: free + 1, renewedIn: waitUntil.timeIntervalSince(now)))
    }
  }

  package func forget(
    _ subject: String, database: Database, in scope: some TransactionScope
  ) async throws {
    try await database.run(
      Command("SELECT app.forget_tries(\(Bytes(subjectHash(name, subject))))"), in: scope)
  }
}

/// Each limit counts its own, and no address can be read back.
private func subjectHash(_ name: StaticString, _ subject: String) -> [UInt8] {
  SHA256.hash("\(name)\u{0}\(subject)".utf8)
}

extension Duration {
  var wholeSeconds: Int { Int(components.seconds) }
}
