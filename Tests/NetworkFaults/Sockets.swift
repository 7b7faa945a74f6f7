import Foundation
import Glibc

/// A TCP socket that blocks, for the threads of test servers. Closed with its last reference.
package final class Socket: Sendable {
  package let number: Int32

  init(number: Int32) { self.number = number }

  deinit { close(number) }

  package enum Failed: Error { case system(call: String, errno: Int32) }

  /// Listens on a port of its own.
  static func listening(on address: String = "127.0.0.1") throws(Failed) -> Socket {
    let socket = Socket(number: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var place = socketAddress(address, port: 0)
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeBytes(of: &place) {
      bind(socket.number, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), size)
    }
    guard bound == 0 else { throw .system(call: "bind", errno: errno) }
    guard listen(socket.number, 64) == 0 else { throw .system(call: "listen", errno: errno) }
    return socket
  }

  static func connected(to port: UInt16) throws(Failed) -> Socket {
    let socket = Socket(number: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var place = socketAddress("127.0.0.1", port: port)
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let connected = withUnsafeBytes(of: &place) {
      connect(socket.number, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), size)
    }
    guard connected == 0 else { throw .system(call: "connect", errno: errno) }
    return socket
  }

  private static func socketAddress(_ address: String, port: UInt16) -> sockaddr_in {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    inet_pton(AF_INET, address, &place.sin_addr)
    return place
  }

  var port: UInt16 {
    var place = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutableBytes(of: &place) {
      getsockname(number, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &size)
    }
    return UInt16(bigEndian: place.sin_port)
  }

  /// - Returns: Nil once the listening socket was shut.
  func accept() -> Socket? {
    let accepted = Glibc.accept(number, nil, nil)
    return accepted >= 0 ? Socket(number: accepted) : nil
  }

  /// - Returns: What is there, waiting for the first byte; nothing at the end or after an error.
  package func read(atMost count: Int = 65_536) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let found = recv(number, &buffer, count, 0)
    return found > 0 ? Array(buffer[..<found]) : []
  }

  @discardableResult
  package func write(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  func shutWriting() { shutdown(number, Int32(SHUT_WR)) }

  /// Wakes who reads from it, or accepts.
  func shut() { shutdown(number, Int32(SHUT_RDWR)) }

  /// The peer sees the connection reset, not ended: closing with a linger time of zero says so.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }
}

/// A thread that may block; it ends with `body`.
func onNewThread(_ body: @escaping @Sendable () -> Void) { Thread.detachNewThread(body) }
