import Dispatch
import Glibc
import Processes
import Synchronization

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
  private let queue: PasswordQueue
  private let threads: Int

  /// - Parameter waiting: How many may wait for a thread.
  package init(cost: PasswordCost = .standard, threads: Int = 1, waiting: Int = 64) {
    self.cost = cost
    self.threads = threads
    let queue = PasswordQueue(limit: waiting)
    self.queue = queue
    for _ in 0..<threads {
      DetachedThread.start(name: "passwords") {
        // On Linux the calling thread's niceness, not the process's. Going on without it is well.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        while let work = queue.next() { work.perform() }
      }
    }
  }

  deinit { queue.close(threads: threads) }

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
    let isAbandoned = Abandonment()
    let result: Result<Value, Failure> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let work = PasswordQueue.Work {
          continuation.resume(
            returning: isAbandoned.value ? .failure(.cancelled) : .success(body()))
        }
        if !queue.add(work) {
          continuation.resume(returning: .failure(.overloaded(retryAfterSeconds: 2)))
        }
      }
    } onCancel: {
      isAbandoned.set()
    }
    return try result.get()
  }
}

/// Whether nobody waits any more.
private final class Abandonment: Sendable {
  private let flag = Atomic(false)
  var value: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}

/// What waits for a thread.
final class PasswordQueue: Sendable {
  struct Work: Sendable {
    let perform: @Sendable () -> Void
  }

  private let waiting = Mutex<[Work]>([])
  private let arrivals = DispatchSemaphore(value: 0)
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// False at the limit.
  func add(_ work: Work) -> Bool {
    let isTaken = waiting.withLock { waiting in
      guard waiting.count < limit else { return false }
      waiting.append(work)
      return true
    }
    if isTaken { arrivals.signal() }
    return isTaken
  }

  /// Waits for work. Nil when closed and nothing is left.
  func next() -> Work? {
    arrivals.wait()
    return waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }

  /// Each thread ends once it finds nothing: what was added before is done first.
  func close(threads: Int) {
    for _ in 0..<threads { arrivals.signal() }
  }
}
