import Glibc
import Processes

/// What every process of the supervisor's does for it.
enum Supervised {
  /// - Parameter index: Which of its children this is.
  static func sayReady(_ index: Int, on readiness: Int32) {
    var index = UInt8(index)
    write(readiness, &index, 1)
  }

  /// Until told to stop, or until the supervisor is gone, whose end of the lifeline then closes.
  static func waitForEnd(_ signals: Signals, lifeline: Int32) {
    Signals.raise(SIGTERM, whenClosed: lifeline)
    while signals.wait(milliseconds: 60_000) == nil {}
  }
}
