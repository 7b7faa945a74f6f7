import CLinux
import Glibc

/// Signals as values. Blocked in the first thread before any other exists, so in all of them.
package struct Signals: Sendable {
  private let numbers: [Int32]

  /// Blocks the signals for this thread and all that it starts, and returns what waits for them.
  package static func block(_ numbers: Int32...) -> Signals {
    let signals = Signals(numbers: numbers)
    var set = signals.set
    pthread_sigmask(SIG_BLOCK, &set, nil)
    return signals
  }

  /// - Returns: The signal that came, or nil when none did in time.
  package func wait(milliseconds: Int) -> Int32? {
    var set = set
    var time = timespec(
      tv_sec: milliseconds / 1_000, tv_nsec: (milliseconds % 1_000) * 1_000_000)
    let number = sigtimedwait(&set, nil, &time)
    return number > 0 ? number : nil
  }

  private var set: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    return set
  }
}
