import Foundation
import PostgreSQL
import Synchronization

/// Stands between a client and the server, and loses what it is told to lose.
final class FaultyProxy: Sendable {
  enum Fault: Sendable {
    case none
    /// What the client sends arrives; the server's whole answer does not, and the connection ends.
    /// Once.
    case losesAnswer
    /// The connection ends before what the client sends arrives. Once.
    case losesRequest
    /// Nothing moves any more; new connections are taken, and not served.
    case silent
  }

  let connectionString: String
  private let folder: String
  private let server: String
  private let fault = Mutex(Fault.none)
  private let listener = Mutex<Int32>(-1)
  private let open = Mutex(Set<Int32>())

  /// - Parameter connectionString: Of a server behind a Unix socket.
  init(before connectionString: String) throws {
    folder = "/tmp/martlet-proxy-\(UUID().uuidString)"
    let host = String(connectionString.split(separator: "'")[1])
    server = "\(host)/.s.PGSQL.5432"
    self.connectionString = connectionString.replacingOccurrences(of: host, with: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    try start()
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func set(_ new: Fault) { fault.withLock { $0 = new } }

  func start() throws {
    let path = "\(folder)/.s.PGSQL.5432"
    unlink(path)
    let socket = try Self.socket(path) { Glibc.bind($0, $1, $2) }
    guard listen(socket, 64) == 0 else { throw POSIXError(.EIO) }
    listener.withLock { $0 = socket }
    Thread.detachNewThread { self.accept(socket) }
  }

  /// As when the server goes away: connections end, and new ones are refused.
  func stop() {
    listener.withLock { if $0 >= 0 { shutdown($0, Int32(SHUT_RDWR)) } }
    listener.withLock { $0 = -1 }
    unlink("\(folder)/.s.PGSQL.5432")
    open.withLock { for client in $0 { shutdown(client, Int32(SHUT_RDWR)) } }
  }

  private func accept(_ listener: Int32) {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { break }
      open.withLock { _ = $0.insert(client) }
      Thread.detachNewThread {
        self.forward(client)
        self.open.withLock { _ = $0.remove(client) }
        close(client)
      }
    }
    close(listener)
  }

  private func forward(_ client: Int32) {
    guard let server = try? Self.socket(server, { connect($0, $1, $2) }) else { return }
    defer { close(server) }
    var entries = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var lost: [UInt8] = []
    while true {
      guard poll(&entries, 2, 5) >= 0 else { return }
      if fault.withLock(\.self) == .silent { return Self.awaitEnd(of: client) }
      if entries[0].revents != 0 {
        let count = read(client, &buffer, buffer.count)
        guard count > 0, !takes(.losesRequest) else { return }
        guard Self.writeAll(server, buffer[..<count]) else { return }
      }
      if entries[1].revents != 0 {
        let count = read(server, &buffer, buffer.count)
        guard count > 0 else { return }
        if fault.withLock(\.self) == .losesAnswer {
          lost += buffer[..<count]
          // ReadyForQuery, before its state: the server has done it all.
          if lost.suffix(6).dropLast() == [UInt8(ascii: "Z"), 0, 0, 0, 5] {
            return set(.none)
          }
        } else {
          guard Self.writeAll(client, buffer[..<count]) else { return }
        }
      }
    }
  }

  private func takes(_ wanted: Fault) -> Bool {
    fault.withLock { fault in
      guard fault == wanted else { return false }
      fault = .none
      return true
    }
  }

  private static func awaitEnd(of client: Int32) {
    // POLLRDHUP, which Glibc does not import.
    var entry = pollfd(fd: client, events: 0x2000, revents: 0)
    while poll(&entry, 1, -1) < 0 && errno == EINTR {}
  }

  private static func writeAll(_ target: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func socket(
    _ path: String, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws -> Int32 {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        use(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      close(socket)
      throw POSIXError(.ECONNREFUSED)
    }
    return socket
  }
}
