/// How long a failed job waits: twice as long each time, up to an hour, and half of it random, so
/// that jobs that failed together do not come back together.
enum Backoff {
  static let longest: Duration = .seconds(3_600)

  /// - Parameters:
  ///   - attempt: Which attempt failed, from 1.
  ///   - random: All 64 bits are used.
  static func delay(afterAttempt attempt: Int, random: UInt64) -> Duration {
    let whole = min(longest, .seconds(1 << min(max(attempt, 0), 12)))
    let share = Double(random >> 11) / Double(UInt64(1) << 53)
    return whole * (0.5 + share / 2)
  }
}
