package import Observability

/// Counts what goes over the wire, and logs what is slow.
package struct StatementObserver: Sendable {
  private let roundTrips: Counter?
  private let statements: Counter?
  private let errors: Counter?
  private let durations: Durations?
  private let slowerThan: Duration
  private static let longestLogged = 2_000

  /// - Parameter slowerThan: A round trip that takes longer is logged with its statements' texts,
  ///   which hold no values.
  package init(metrics: Metrics?, slowerThan: Duration = .milliseconds(500)) {
    roundTrips = metrics?.counter(
      "postgresql_round_trips_total", help: "Messages sent to PostgreSQL to be answered.")
    statements = metrics?.counter(
      "postgresql_statements_total", help: "Statements sent, BEGIN and COMMIT included.")
    errors = metrics?.counter("postgresql_errors_total", help: "Round trips that failed.")
    durations = metrics?.durations(
      "postgresql_round_trip_seconds", help: "Time from sending to the last answer.")
    self.slowerThan = slowerThan
  }

  /// Counted before anybody gets an answer, so that who has one finds it counted.
  func sends(_ messages: [Wire.Message]) {
    roundTrips?.increment()
    statements?.increment(by: messages.count)
  }

  func finished(
    _ messages: [Wire.Message], since start: ContinuousClock.Instant, error: PostgreSQLError?
  ) {
    let duration = start.duration(to: .now)
    if error != nil { errors?.increment() }
    durations?.record(nanoseconds: duration.nanoseconds)
    guard duration > slowerThan else { return }
    Log.warning(
      "postgresql.slow",
      [
        "milliseconds": .integer(Int(duration / .milliseconds(1))),
        "statements": .string(
          String(messages.map(\.sql.text).joined(separator: "; ").prefix(Self.longestLogged))),
      ])
  }
}

extension Duration {
  var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    return UInt64(clamping: seconds) &* 1_000_000_000
      &+ UInt64(clamping: attoseconds / 1_000_000_000)
  }
}
