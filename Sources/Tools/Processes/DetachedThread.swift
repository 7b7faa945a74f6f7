import CLinux
import Glibc

/// A thread for work that blocks, and so must not hold up the few threads that tasks share.
package enum DetachedThread {
  private final class Start: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Runs `body` on a new thread with a small stack, which ends with it.
  /// - Parameter name: Shown by tools that list threads; at most 15 characters are kept.
  package static func start(name: String, _ body: @escaping @Sendable () -> Void) {
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
    // Whoever waits for the thread's work would wait for ever; the system is out of threads.
    precondition(failed == 0, "pthread_create: \(failed)")
  }
}
