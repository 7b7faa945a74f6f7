/// When a call that failed is made again. Only calls that may be sent twice are ever asked about.
package struct RetryPolicy: Sendable, Equatable {
  /// The first one included.
  package var attempts: Int
  /// Before the second attempt; doubled before each further one.
  package var firstPause: Duration
  package var longestPause: Duration
  /// Who asks for a longer pause gets no further attempt: the caller learns of the wish.
  package var longestRetryAfter: Duration

  package init(
    attempts: Int = 3, firstPause: Duration = .milliseconds(200),
    longestPause: Duration = .seconds(5), longestRetryAfter: Duration = .seconds(30)
  ) {
    self.attempts = attempts
    self.firstPause = firstPause
    self.longestPause = longestPause
    self.longestRetryAfter = longestRetryAfter
  }

  package static let never = RetryPolicy(attempts: 1)

  enum Ending: Sendable {
    case answer(status: Int, retryAfterSeconds: Int?)
    case failure(HTTPClientError.Reason)
  }

  /// - Parameters:
  ///   - attempt: How many were made, at least 1.
  ///   - jitter: From 0 to 1. Callers who failed together shall not come back together.
  /// - Returns: How long to wait before the next attempt; nil when this was the last one.
  func pause(after ending: Ending, attempt: Int, jitter: Double) -> Duration? {
    guard attempt < attempts else { return nil }
    var pause = min(firstPause * (1 << min(attempt - 1, 20)), longestPause)
    pause = pause / 2 + pause / 2 * jitter
    switch ending {
    case .failure(let reason): return reason.mayPass ? pause : nil
    case .answer(let status, let retryAfterSeconds):
      guard [429, 500, 502, 503, 504].contains(status) else { return nil }
      guard let retryAfterSeconds else { return pause }
      let wish = Duration.seconds(retryAfterSeconds)
      return wish <= longestRetryAfter ? max(wish, pause) : nil
    }
  }
}
