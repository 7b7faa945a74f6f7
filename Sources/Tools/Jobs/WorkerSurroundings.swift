package import FoundationEssentials

/// Business time and chance, as the caller has them; leases alone go by the database's clock.
package struct WorkerSurroundings: Sendable {
  package let now: @Sendable () -> Date
  package let random: @Sendable () -> UInt64

  package init(now: @escaping @Sendable () -> Date, random: @escaping @Sendable () -> UInt64) {
    self.now = now
    self.random = random
  }

  func retryTime(afterAttempt attempt: Int) -> Date {
    now() + Backoff.delay(afterAttempt: attempt, random: random()) / .seconds(1)
  }
}
