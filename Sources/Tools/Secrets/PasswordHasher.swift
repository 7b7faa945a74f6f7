import Processes

/// Hashes passwords on threads of its own, which yield to all others: a hash takes as long as dozens
/// of requests, on purpose. What waits is bounded, so that sign-ins cannot use up the memory.
package final class PasswordHasher: Sendable {
  package enum Failure: Error, Equatable {
    /// More wait than can be done in time. Answered as 503.
    case overloaded(retryAfterSeconds: Int)
    /// More than `longestPassword`.
    case tooLong
    case cancelled
    /// There was no memory for a hash.
    case failed
  }

  package enum Verdict: Sendable, Equatable {
    case wrong
    case right
    /// Right, and its hash was made at another cost: hash it anew while it is at hand.
    case rightButOutdated
  }

  /// In bytes of UTF-8.
  package static let longestPassword = 1_024

  private let cost: PasswordCost
  private let threads: BackgroundThreads

  /// - Parameter waiting: How many may wait for a thread.
  package init(cost: PasswordCost = .standard, threads: Int = 1, waiting: Int = 64) {
    self.cost = cost
    self.threads = BackgroundThreads(name: "passwords", count: threads, waiting: waiting)
  }

  package func hash(_ password: String) async throws(Failure) -> PasswordHash {
    guard password.utf8.count <= Self.longestPassword else { throw .tooLong }
    let hash = try await perform { [cost] in Argon2id.hash(password, cost: cost) }
    guard let hash else { throw .failed }
    return hash
  }

  /// - Parameter hash: Nil where there is no such account, which takes as long and is always wrong, so
  ///   that the time does not tell who has an account.
  package func verify(
    _ password: String, against hash: PasswordHash?
  ) async throws(Failure) -> Verdict {
    guard password.utf8.count <= Self.longestPassword else { return .wrong }
    return try await perform { [cost] in
      guard let hash else {
        _ = Argon2id.hash(password, cost: cost)
        return .wrong
      }
      guard Argon2id.isRight(password, for: hash) else { return .wrong }
      return Argon2id.isOutdated(hash, cost: cost) ? .rightButOutdated : .right
    }
  }

  private func perform<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value
  ) async throws(Failure) -> Value {
    do {
      return try await threads.run(body)
    } catch {
      switch error {
      case .overloaded: throw .overloaded(retryAfterSeconds: 2)
      case .cancelled: throw .cancelled
      }
    }
  }
}
