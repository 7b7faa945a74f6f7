import CPQ
import Processes

/// What a `Listener` hears.
package enum Notification: Sendable, Equatable {
  /// The connection is new: whatever was sent before, since the last one broke, is lost, so what
  /// is kept from the database must be dropped.
  case connected
  case received(channel: String, payload: String)
}

/// LISTEN on a connection of its own, which is made again when it breaks, until nobody reads.
package enum Listener {
  /// - Parameter channels: Names of our own making: lower-case letters and underscores.
  /// - Returns: Notifications in the order of their commits. A hint only: nothing arrives while the
  ///   connection is away, so readers must look for themselves at `connected`.
  package static func notifications(
    on channels: [String], connectionString: String
  ) throws(PostgreSQLError) -> AsyncStream<Notification> {
    let interruption = try Interruption()
    let lease = interruption.startLease()
    let (stream, continuation) = AsyncStream.makeStream(of: Notification.self)
    continuation.onTermination = { _ in interruption.request(lease: lease) }
    DetachedThread.start(name: "listener") {
      var isEnding = false
      while !isEnding {
        isEnding = listen(channels, connectionString, interruption, continuation)
        // The server is away: twice a second is soon enough and costs nothing.
        if !isEnding { isEnding = interruption.wait(milliseconds: 500) }
      }
    }
    return stream
  }

  /// - Returns: True when nobody reads any more, false when the connection broke.
  private static func listen(
    _ channels: [String], _ connectionString: String, _ interruption: Interruption,
    _ continuation: AsyncStream<Notification>.Continuation
  ) -> Bool {
    do throws(PostgreSQLError) {
      let wire = try Wire(
        connectionString: connectionString, applicationName: "martlet listener",
        deadline: .now + .seconds(3), interruption: interruption)
      let text = channels.map { "LISTEN \($0)" }.joined(separator: ";")
      try wire.script(text, deadline: .now + .seconds(3))
      return wire.forwardNotifications(to: continuation)
    } catch {
      if case .cancelled = error { return true }
      return false
    }
  }
}

extension Wire {
  fileprivate func forwardNotifications(
    to continuation: AsyncStream<Notification>.Continuation
  ) -> Bool {
    // The end of reading interrupts once, and LISTEN may have used that up.
    if case .terminated = continuation.yield(.connected) { return true }
    while true {
      while let notification = PQnotifies(handle) {
        continuation.yield(
          .received(
            channel: String(cString: notification.pointee.relname),
            payload: String(cString: notification.pointee.extra)))
        PQfreemem(notification)
      }
      if waitForNotification() == .interrupted { return true }
      guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else { return false }
    }
  }
}
