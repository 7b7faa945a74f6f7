import Synchronization

/// So many uses in a window, counted by this process alone: with several processes a caller has as many
/// times more, at most. For everything that is not worth a round trip.
package final class LocalLimit: Sendable {
  private struct Window {
    var used: Int
    let end: ContinuousClock.Instant
  }

  private let uses: Int
  private let window: Duration
  private let mostKept: Int
  private let kept = Mutex<[String: Window]>([:])

  /// - Parameter mostKept: Subjects; beyond, all are forgotten, which errs on the callers' side.
  package init(_ uses: Int, per window: Duration, mostKept: Int = 100_000) {
    self.uses = uses
    self.window = window
    self.mostKept = mostKept
  }

  /// One use.
  package func take(
    by subject: String, at now: ContinuousClock.Instant = .now
  ) throws(TooManyRequests) -> Budget {
    let budget = kept.withLock { kept in
      var mine =
        kept[subject].flatMap { $0.end > now ? $0 : nil }
        ?? Window(used: 0, end: now + window)
      mine.used = min(mine.used, uses) + 1
      if kept.count >= mostKept && kept[subject] == nil { kept.removeAll(keepingCapacity: true) }
      kept[subject] = mine
      return Budget(uses: uses, used: mine.used, renewedIn: (mine.end - now) / .seconds(1))
    }
    guard budget.isWithin else { throw TooManyRequests(budget: budget) }
    return budget
  }
}
