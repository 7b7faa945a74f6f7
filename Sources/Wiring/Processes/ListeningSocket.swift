import Glibc

/// A socket that accepts connections, opened once and shared by the processes that serve it, so that
/// the port refuses nobody while one of them is started anew.
enum ListeningSocket {
  static func open(address: String, port: Int) throws(CommandFailure) -> Int32 {
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address, String(port), &hints, &found) == 0, let found else {
      throw CommandFailure(
        .configuration, "MARTLET_BIND: \"\(address)\" is not an IP address of this machine.")
    }
    defer { freeaddrinfo(found) }
    let info = found.pointee
    let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
    guard descriptor >= 0 else { throw failure("socket", address, port) }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0,
      bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, listen(descriptor, 4_096) == 0
    else {
      defer { close(descriptor) }
      throw failure("listen", address, port)
    }
    return descriptor
  }

  private static func failure(_ call: String, _ address: String, _ port: Int) -> CommandFailure {
    let code = errno
    if code == EADDRINUSE {
      return CommandFailure(
        .configuration, "Port \(port) is taken on \(address). Choose another with --port.")
    }
    let reason = String(cString: strerror(code))
    return CommandFailure(.configuration, "Cannot \(call) on \(address), port \(port): \(reason).")
  }
}
