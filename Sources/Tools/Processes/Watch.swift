import Glibc

extension Signals {
  /// Sends this process a signal when the other end of a pipe closes, to which nobody ever writes:
  /// so it notices that its parent is gone, however it went.
  package static func raise(_ number: Int32, whenClosed descriptor: Int32) {
    DetachedThread.start(name: "lifeline") {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      while poll(&entry, 1, -1) < 0 && errno == EINTR {}
      kill(getpid(), number)
    }
  }
}
