import Glibc

extension Signals {
  /// Raises one of the waited-for signals when the other end of a pipe closes: a thread that waits
  /// for signals notices that its parent is gone, however it went.
  package func raise(_ number: Int32, whenClosed descriptor: Int32) {
    var thread = pthread_t()
    let order = UnsafeMutablePointer<Int32>.allocate(capacity: 2)
    order[0] = number
    order[1] = descriptor
    let failed = pthread_create(
      &thread, nil,
      { @Sendable order in
        guard let order = order?.assumingMemoryBound(to: Int32.self) else { return nil }
        var byte: UInt8 = 0
        // Nobody ever writes to it: whatever ends the wait but an interruption is the end.
        while read(order[1], &byte, 1) < 0 && (errno == EINTR || errno == EAGAIN) {
          var entry = pollfd(fd: order[1], events: Int16(POLLIN), revents: 0)
          poll(&entry, 1, -1)
        }
        kill(getpid(), order[0])
        order.deallocate()
        return nil
      }, order)
    if failed == 0 { pthread_detach(thread) }
  }
}
