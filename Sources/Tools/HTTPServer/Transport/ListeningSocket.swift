// The socket types come to us through the library's header.
import CMicroHTTPD

#if canImport(Glibc)
  import Glibc
#endif

/// A socket that clients connect to. A supervisor opens one and hands its descriptor down, so that
/// the port refuses nobody while one of the processes that share it is started anew.
package struct ListeningSocket: Sendable {
  package let descriptor: Int32
  private let isOwned: Bool
  package let port: UInt16

  /// A system call that failed.
  package struct Failure: Error, CustomStringConvertible {
    let call: String
    let reason: String
    package var description: String { "\(call): \(reason)" }

    init(_ call: String) {
      self.call = call
      reason = String(cString: strerror(errno))
    }
  }

  package init(_ address: ListenAddress) throws {
    switch address {
    case .descriptor(let given):
      descriptor = given
      isOwned = false
    case .tcp(let host, let port):
      descriptor = try ListeningSocket.open(host, port)
      isOwned = true
    }
    // Whoever loses the race for a connection must not wait for the next one.
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw Failure("fcntl")
    }
    port = ListeningSocket.boundPort(descriptor)
  }

  /// Only a socket of our own is closed.
  func close() {
    if isOwned { _ = Glibc.close(descriptor) }
  }

  private static func open(_ host: String, _ port: UInt16) throws -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else {
      throw Failure("getaddrinfo")
    }
    defer { freeaddrinfo(address) }
    let entry = address.pointee
    let descriptor = socket(entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Failure("socket") }
    do {
      var on: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
      guard bind(descriptor, entry.ai_addr, entry.ai_addrlen) == 0 else { throw Failure("bind") }
      guard listen(descriptor, SOMAXCONN) == 0 else { throw Failure("listen") }
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func boundPort(_ descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard getsockname(descriptor, address, &size) == 0 else { return 0 }
        switch Int32(address.pointee.sa_family) {
        case AF_INET, AF_INET6:
          // The port lies at the same place in both.
          return UnsafeRawPointer(address).load(fromByteOffset: 2, as: UInt16.self).byteSwapped
        default: return 0
        }
      }
    }
  }
}
