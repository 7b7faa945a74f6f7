import CLinux
import Glibc

/// A serial executor with a thread of its own, on which an actor may block without holding up others.
final class ThreadExecutor: SerialExecutor {
  private let queue = JobQueue()

  /// - Parameter name: Shown by tools that list threads; at most 15 characters.
  init(name: String) {
    let queue = queue
    // Unretained on purpose: jobs hold their actor, and the actor holds its executor.
    let executor = UnownedSerialExecutor(ordinary: self)
    Thread.detach(name: name) { queue.serve(executor) }
  }

  deinit { queue.close() }

  func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job)) }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }
}

/// Jobs waiting for the thread. Guarded by its mutex.
private final class JobQueue: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [UnownedJob] = []
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

  func add(_ job: UnownedJob) {
    pthread_mutex_lock(mutex)
    jobs.append(job)
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
    var batch: [UnownedJob] = []
    while takeAll(into: &batch) {
      for job in batch { job.runSynchronously(on: executor) }
      batch.removeAll(keepingCapacity: true)
    }
  }

  /// Waits for jobs. False once the queue is closed and empty.
  private func takeAll(into batch: inout [UnownedJob]) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while jobs.isEmpty && !isClosed { pthread_cond_wait(condition, mutex) }
    swap(&jobs, &batch)
    return !batch.isEmpty
  }
}

enum Thread {
  private final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs `body` on a new thread with a small stack, which ends with it.
  static func detach(name: String, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 512 * 1024)
    let start = Unmanaged.passRetained(
      Start {
        linux_name_thread(name)
        body()
      })
    var thread = pthread_t()
    let failed = pthread_create(
      &thread, &attributes,
      { @Sendable argument in
        guard let argument else { return nil }
        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, start.toOpaque())
    pthread_attr_destroy(&attributes)
    // Without its thread a connection would wait for ever; the system is out of threads.
    precondition(failed == 0, "pthread_create: \(failed)")
  }
}
