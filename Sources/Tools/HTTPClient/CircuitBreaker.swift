/// Leaves a service alone that failed several times in a row, and tries it again with one call after
/// a while. A value: whoever holds it guards it.
struct CircuitBreaker: Sendable {
  struct Limits: Sendable, Equatable {
    /// In a row.
    var failures = 5
    var restSeconds = 15
  }
  enum Verdict: Sendable { case success, failure, neither }
  /// Given to each call that may go; handed back with the verdict.
  struct Pass: Sendable, Equatable { fileprivate let isTrial: Bool }

  private enum Phase {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant)
    case trial
  }
  private var phase = Phase.closed(failures: 0)
  private let limits: Limits

  init(_ limits: Limits) { self.limits = limits }

  /// - Returns: Nil when the call must not be made.
  mutating func admit(at now: ContinuousClock.Instant) -> Pass? {
    switch phase {
    case .closed: return Pass(isTrial: false)
    case .open(let until) where now >= until:
      phase = .trial
      return Pass(isTrial: true)
    case .open, .trial: return nil
    }
  }

  mutating func record(_ verdict: Verdict, of pass: Pass, at now: ContinuousClock.Instant) {
    switch (phase, verdict, pass.isTrial) {
    case (.trial, .success, true), (.closed, .success, _): phase = .closed(failures: 0)
    case (.trial, .failure, true): phase = .open(until: now + .seconds(limits.restSeconds))
    // Nothing was learnt: the next call is the trial.
    case (.trial, .neither, true): phase = .open(until: now)
    case (.closed(let failures), .failure, _):
      phase =
        failures + 1 < limits.failures
        ? .closed(failures: failures + 1) : .open(until: now + .seconds(limits.restSeconds))
    case (.closed, .neither, _): break
    // Calls that began before the circuit opened.
    case (.open, _, _), (.trial, _, false): break
    }
  }

  var isOpen: Bool { if case .closed = phase { false } else { true } }
}
