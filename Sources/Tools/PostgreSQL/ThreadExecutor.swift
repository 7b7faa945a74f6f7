import Glibc
import Processes

/// A serial executor with a thread of its own, on which an actor may block without holding up others.
final class ThreadExecutor: SerialExecutor {
  private let queue = JobQueue()

  /// - Parameter name: Shown by tools that list threads; at most 15 characters.
  init(name: String) {
    let queue = queue
    // Unretained on purpose: jobs hold their actor, and the actor holds its executor.
    let executor = UnownedSerialExecutor(ordinary: self)
    DetachedThread.start(name: name) { queue.serve(executor) }
  }

  deinit { queue.close() }

  func enqueue(_ job: consuming ExecutorJob) { queue.add(.job(UnownedJob(job))) }

  /// Runs plain code on the thread, in turn with the actor's jobs.
  func perform(_ body: @escaping @Sendable () -> Void) { queue.add(.body(body)) }

  /// Lets `assumeIsolated` know that code given to `perform` runs where the actor does.
  func checkIsolated() {
    precondition(queue.isServedByThisThread, "not on the executor's thread")
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }
}

/// What waits for the thread. Guarded by its mutex.
private final class JobQueue: @unchecked Sendable {
  enum Entry {
    case job(UnownedJob)
    case body(@Sendable () -> Void)
  }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var entries: [Entry] = []
  private var thread: pthread_t?
  private var isClosed = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  func add(_ entry: Entry) {
    pthread_mutex_lock(mutex)
    entries.append(entry)
    pthread_mutex_unlock(mutex)
    pthread_cond_signal(condition)
  }

  func close() {
    pthread_mutex_lock(mutex)
    isClosed = true
    pthread_mutex_unlock(mutex)
    pthread_cond_signal(condition)
  }

  func serve(_ executor: UnownedSerialExecutor) {
    pthread_mutex_lock(mutex)
    thread = pthread_self()
    pthread_mutex_unlock(mutex)
    var batch: [Entry] = []
    while takeAll(into: &batch) {
      for entry in batch {
        switch entry {
        case .job(let job): job.runSynchronously(on: executor)
        case .body(let body): body()
        }
      }
      batch.removeAll(keepingCapacity: true)
    }
  }

  var isServedByThisThread: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard let thread else { return false }
    return pthread_equal(thread, pthread_self()) != 0
  }

  /// Waits for entries. False once the queue is closed and empty.
  private func takeAll(into batch: inout [Entry]) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while entries.isEmpty && !isClosed { pthread_cond_wait(condition, mutex) }
    swap(&entries, &batch)
    return !batch.isEmpty
  }
}
