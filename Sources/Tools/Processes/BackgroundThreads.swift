import Dispatch
import Glibc
import Synchronization

/// Threads for computations that take as long as dozens of requests. They yield to all others, and
/// what waits for them is bounded, so that neither the processor nor the memory is used up.
package final class BackgroundThreads: Sendable {
  package enum Failure: Error, Equatable {
    /// More wait than can be done in time.
    case overloaded
    case cancelled
  }

  private let count: Int
  private let queue: BackgroundQueue

  /// - Parameters:
  ///   - name: As of `DetachedThread.start`.
  ///   - waiting: How many computations may wait for a thread.
  package init(name: String, count: Int, waiting: Int) {
    self.count = count
    let queue = BackgroundQueue(limit: waiting)
    self.queue = queue
    for _ in 0..<count {
      DetachedThread.start(name: name) {
        // On Linux the calling thread's niceness, not the process's. Going on without it is well.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        while let work = queue.next() { work() }
      }
    }
  }

  deinit { queue.close(threads: count) }

  /// Runs `body` on one of the threads, unless nobody waits for it any more when its turn comes.
  package func run<Value: Sendable>(
    _ body: @escaping @Sendable () -> Value
  ) async throws(Failure) -> Value {
    let isAbandoned = Abandonment()
    let result: Result<Value, Failure> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isTaken = queue.add {
          continuation.resume(
            returning: isAbandoned.value ? .failure(.cancelled) : .success(body()))
        }
        if !isTaken { continuation.resume(returning: .failure(.overloaded)) }
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
final class BackgroundQueue: Sendable {
  typealias Work = @Sendable () -> Void

  private let waiting = Mutex<[Work]>([])
  private let arrivals = DispatchSemaphore(value: 0)
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// False at the limit.
  func add(_ work: @escaping Work) -> Bool {
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
