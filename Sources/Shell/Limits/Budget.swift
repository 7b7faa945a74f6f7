package import HTML

/// What is left to a caller.
package struct Budget: Sendable, Equatable {
  package let uses: Int
  package let used: Int
  /// Whole seconds, at least one.
  package let renewedInSeconds: Int

  init(uses: Int, used: Int, renewedIn seconds: Double) {
    self.uses = uses
    self.used = used
    renewedInSeconds = max(1, Int(min(seconds, 1e9).rounded(.up)))
  }

  package var left: Int { max(0, uses - used) }
  var isWithin: Bool { used <= uses }

  /// Source: draft-ietf-httpapi-ratelimit-headers-03, the three fields that clients know.
  package var headers: [(name: StaticString, value: String)] {
    [
      ("RateLimit-Limit", "\(uses)"), ("RateLimit-Remaining", "\(left)"),
      ("RateLimit-Reset", "\(renewedInSeconds)"),
    ]
  }
}

/// An error on a face that tells its callers what is left to them, also when it refuses.
package struct Counted: Error {
  package let error: any Error
  package let budget: Budget

  package init(_ error: any Error, _ budget: Budget) {
    self.error = error
    self.budget = budget
  }
}

/// Too often, or too soon again.
package struct TooManyRequests: UserFacingError, Equatable {
  package let budget: Budget

  package var code: String { "too_many_requests" }
  package var status: Int { 429 }
  package var retryAfterSeconds: Int? { budget.renewedInSeconds }
  package var userMessage: UserMessage {
    UserMessage(
      "That was too often in a short time.",
      next: "Try again in \(count: budget.renewedInSeconds) seconds.")
  }
}
