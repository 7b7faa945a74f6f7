import Glibc
import HTTPServer
import Processes
import Synchronization

/// Takes mails over SMTP, on this machine's own address alone. A thread a client: they are few.
final class SMTPReceiver: Sendable {
  private static let maximumClients = 100
  private static let patienceSeconds = 60

  private let socket: ListeningSocket
  private let mailbox: Mailbox
  private let clients = Atomic(0)

  /// Takes mails from the moment this returns.
  init(port: UInt16, mailbox: Mailbox) throws {
    socket = try ListeningSocket(.tcp(host: "127.0.0.1", port: port))
    self.mailbox = mailbox
    DetachedThread.start(name: "smtp") { self.acceptAll() }
  }

  private func acceptAll() {
    while true {
      var entry = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, -1) > 0 else { continue }
      let client = accept(socket.descriptor, nil, nil)
      guard client >= 0 else { continue }
      guard clients.add(1, ordering: .relaxed).newValue <= Self.maximumClients else {
        Self.send("421 Too many clients\r\n", to: client)
        leave(client)
        continue
      }
      DetachedThread.start(name: "smtp client") {
        self.serve(client)
        self.leave(client)
      }
    }
  }

  private func leave(_ client: Int32) {
    close(client)
    clients.subtract(1, ordering: .relaxed)
  }

  private func serve(_ client: Int32) {
    var patience = timeval(tv_sec: Self.patienceSeconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    var session = SMTPSession { [mailbox] in mailbox.take($0) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    Self.send(SMTPSession.greeting + "\r\n", to: client)
    while !session.isOver {
      let count = recv(client, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      let replies = session.receive(Array(buffer[..<count])).compactMap { action in
        if case .reply(let text) = action { text + "\r\n" } else { nil }
      }
      guard Self.send(replies.joined(), to: client) else { return }
    }
  }

  @discardableResult
  private static func send(_ text: String, to client: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
