import Foundation
import Synchronization

/// A client that sends the bytes it is told to, well-formed or not.
final class RawClient: Sendable {
  let descriptor: Int32
  /// What came after the answer that was asked for.
  private let rest = Mutex<[UInt8]>([])

  struct Failed: Error { let what: String }

  /// - Parameter receiveBuffer: Bytes that the kernel takes before the client has read any.
  init(port: UInt16, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4)
    }
    // Long enough for the slowest machine; a test that gets here has failed.
    var limit = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failed(what: "connect") }
  }

  deinit { close(descriptor) }

  /// - Returns: False once the server has closed the connection.
  @discardableResult
  func send(_ bytes: some Collection<UInt8>) -> Bool {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(text.utf8) }

  /// - Returns: Nil when the server has closed the connection.
  func receive(atMost count: Int = 65_536) throws -> [UInt8]? {
    let rest = rest.withLock { rest in
      defer { rest = [] }
      return rest
    }
    guard rest.isEmpty else { return rest }
    var buffer = [UInt8](repeating: 0, count: count)
    let got = recv(descriptor, &buffer, count, 0)
    if got < 0, errno == EAGAIN { throw Failed(what: "nothing came") }
    return got > 0 ? Array(buffer[..<got]) : nil
  }

  /// Everything until the server closes.
  func receiveAll() throws -> [UInt8] {
    var all: [UInt8] = []
    while let bytes = try receive() { all += bytes }
    return all
  }

  /// Makes the end of this client a reset instead of TCP's goodbye.
  func willReset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// One whole answer.
  /// - Parameter isHead: An answer to HEAD announces a body and has none.
  func answer(isHead: Bool = false) throws -> Answer {
    var bytes: [UInt8] = []
    while true {
      if let answer = Answer(bytes, isHead: isHead, isClosed: false) {
        rest.withLock { $0 = Array(bytes[answer.size...]) }
        return answer
      }
      guard let more = try receive() else {
        guard let answer = Answer(bytes, isHead: isHead, isClosed: true) else {
          throw Failed(what: "closed after \(String(decoding: bytes, as: UTF8.self))")
        }
        return answer
      }
      bytes += more
    }
  }
}

/// An answer as it was on the wire.
struct Answer: Sendable {
  let status: Int
  let fields: [(name: String, value: String)]
  let body: [UInt8]
  /// Bytes on the wire.
  let size: Int

  subscript(_ name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// - Returns: Nil when `bytes` are not the whole of it.
  init?(_ bytes: [UInt8], isHead: Bool, isClosed: Bool) {
    let separator = Array("\r\n\r\n".utf8)
    guard
      let end = bytes.indices.first(where: { bytes[$0...].starts(with: separator) })
    else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    status = Int(lines[0].split(separator: " ")[1])!
    fields = lines.dropFirst().map { line in
      let colon = line.firstIndex(of: ":")!
      return (
        String(line[..<colon]),
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      )
    }
    let rest = bytes[(end + 4)...]
    let names = fields
    func value(_ name: String) -> String? {
      names.first { $0.name.lowercased() == name }?.value
    }
    if isHead || status == 204 || status == 304 {
      body = []
      size = end + 4
    } else if let length = value("content-length").flatMap({ Int($0) }) {
      guard rest.count >= length else { return nil }
      body = Array(rest.prefix(length))
      size = end + 4 + length
    } else if value("transfer-encoding") == "chunked" {
      guard let (decoded, after) = Answer.unchunked(rest) else { return nil }
      body = decoded
      size = after
    } else {
      guard isClosed else { return nil }
      body = Array(rest)
      size = bytes.count
    }
  }

  /// - Returns: The content, and the index after its last chunk.
  static func unchunked(_ bytes: ArraySlice<UInt8>) -> ([UInt8], Int)? {
    var rest = bytes
    var body: [UInt8] = []
    while let lineEnd = rest.firstIndex(of: 13) {
      guard let size = Int(String(decoding: rest[..<lineEnd], as: UTF8.self), radix: 16) else {
        return nil
      }
      let start = lineEnd + 2
      guard rest.endIndex >= start + size + 2 else { return nil }
      if size == 0 { return (body, start + 2) }
      body += rest[start..<start + size]
      rest = rest[(start + size + 2)...]
    }
    return nil
  }
}
