package import Scope
import Synchronization

/// The plans on offer, kept in memory: every visitor of the front page asks for them, and they change a
/// few times a year. Whoever changes them tells all processes on `channel`.
package final class PlanList: Sendable {
  package static let channel = "martlet_plans"
  /// For when the news is lost: a change is seen by then at the latest.
  private static let longest = Duration.seconds(60)

  private struct State {
    var plans: [Plan]?
    var loadedAt = ContinuousClock.now
    /// Counts how often the list was forgotten, so that what was read before is not kept after.
    var age = 0
  }

  private let database: Database
  private let state = Mutex(State())

  package init(database: Database) { self.database = database }

  /// From the smallest to the largest.
  func current(in scope: PublicScope) async throws -> [Plan] {
    let (kept, age) = state.withLock { state in
      let isFresh = state.loadedAt.duration(to: .now) < Self.longest
      return (isFresh ? state.plans : nil, state.age)
    }
    if let kept { return kept }
    let plans = try await database.all(Plan.offered, in: scope)
    state.withLock { state in
      guard state.age == age else { return }
      state.plans = plans
      state.loadedAt = .now
    }
    return plans
  }

  /// Stable names of those on offer.
  func codes() async throws -> [String] { try await current(in: Guard.anybody()).map(\.code) }

  package func forget() {
    state.withLock { state in
      state.plans = nil
      state.age += 1
    }
  }
}
