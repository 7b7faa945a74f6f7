package import PostgreSQL
import Synchronization

/// Tells the workers of all machines, after a commit, that there is work. Without it they find it at
/// their next look, 50 ms later at most.
///
/// One notification for whatever was committed while the last one was on its way, in a transaction of
/// its own: a commit with NOTIFY takes a lock of the whole database, which no effect shall wait for.
package final class JobWaker: Sendable {
  package static let channel = "martlet_jobs"

  private enum State { case idle, sending, sendingWithMore }

  private let pool: Pool
  private let state = Mutex(State.idle)

  /// - Parameter pool: Any login will do.
  package init(pool: Pool) { self.pool = pool }

  package func wake() {
    let starts = state.withLock { state in
      defer { state = state == .idle ? .sending : .sendingWithMore }
      return state == .idle
    }
    if starts { Task { await self.send() } }
  }

  /// Returns when the workers were told.
  package func wakeNow() async throws(PostgreSQLError) {
    _ = try await pool.run(
      Command("SELECT pg_notify(\(Self.channel), '')"), as: .login, options: .retryingConflicts)
  }

  private func send() async {
    while true {
      // A hint that is lost costs the workers' next look.
      try? await wakeNow()
      let isDone = state.withLock { state in
        defer { state = state == .sending ? .idle : .sending }
        return state == .sending
      }
      if isDone { return }
    }
  }
}
