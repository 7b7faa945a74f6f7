import Foundation

/// An HTTP/1.1 server whose every answer the test writes, byte by byte.
package final class ScriptedServer: Sendable {
  package struct Request: Sendable {
    /// From the request line to the empty line.
    package let head: String
    package let body: [UInt8]
    /// Which one this is, from 0, over all connections.
    package let number: Int
    /// Over which connection it came, from 0.
    package let connection: Int

    package var line: String { String(head.prefix { !$0.isNewline }) }

    package func field(_ name: String) -> String? { ScriptedServer.field(name, in: head) }
  }

  package enum Reaction: Sendable {
    /// Whole, head included.
    case answer(String)
    /// The bytes, then the end of the connection.
    case lastAnswer(String)
    case close
    case reset
    /// Nothing, until the client goes.
    case silence
  }

  private struct State {
    var requests: [Request] = []
    var connections: [Socket] = []
    var goneClients = 0
  }

  private let listener: Socket
  private let react: @Sendable (Request) -> Reaction
  private let state = Turnstile(State())

  package init(
    on address: String = "127.0.0.1", _ react: @escaping @Sendable (Request) -> Reaction
  ) throws {
    self.react = react
    let listener = try Socket.listening(on: address)
    self.listener = listener
    onNewThread { [weak self] in
      while let client = listener.accept() {
        guard let self else { return }
        self.serve(client)
      }
    }
  }

  deinit { stop() }

  /// Nobody listens any more, and every connection ends.
  package func stop() {
    listener.shut()
    for client in state.change({ $0.connections }) { client.shut() }
  }

  package var port: UInt16 { listener.port }
  package var requests: [Request] { state.change { $0.requests } }
  package var connectionCount: Int { state.change { $0.connections.count } }

  /// Returns once a client closed its connection.
  package func clientGone() async { await state.wait { $0.goneClients > 0 } }

  /// Returns once so many requests have come.
  package func received(_ count: Int) async { await state.wait { $0.requests.count >= count } }

  private func serve(_ client: Socket) {
    state.change { $0.connections.append(client) }
    let connection = connectionCount - 1
    onNewThread { [self] in
      var rest: [UInt8] = []
      while let (head, body) = Self.request(from: client, &rest) {
        let request = Request(
          head: head, body: body, number: requests.count, connection: connection)
        state.change { $0.requests.append(request) }
        guard carryOut(react(request), client) else { break }
      }
      state.change { $0.goneClients += 1 }
    }
  }

  /// - Returns: Whether the connection goes on.
  private func carryOut(_ reaction: Reaction, _ client: Socket) -> Bool {
    switch reaction {
    case .answer(let text): return client.write(Array(text.utf8))
    case .lastAnswer(let text): client.write(Array(text.utf8))
    case .close: break
    case .reset: client.resetOnClose()
    case .silence:
      while !client.read().isEmpty {}
      return false
    }
    state.change { $0.connections.removeAll { $0 === client } }
    if case .reset = reaction { return false }
    client.shut()
    return false
  }

  private static func field(_ name: String, in head: String) -> String? {
    let start = name.lowercased() + ":"
    let line = head.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix(start) }
    return line?.dropFirst(start.count).trimmingCharacters(in: .whitespaces)
  }

  private static func request(
    from client: Socket, _ rest: inout [UInt8]
  ) -> (head: String, body: [UInt8])? {
    let end = Array("\r\n\r\n".utf8)
    while true {
      if let range = rest.firstRange(of: end) {
        let head = String(decoding: rest[..<range.lowerBound], as: UTF8.self)
        let size = field("Content-Length", in: head).flatMap { Int($0) } ?? 0
        while rest.count - range.upperBound < size {
          let more = client.read()
          guard !more.isEmpty else { return nil }
          rest += more
        }
        let body = Array(rest[range.upperBound..<range.upperBound + size])
        rest.removeFirst(range.upperBound + size)
        return (head, body)
      }
      let more = client.read()
      guard !more.isEmpty else { return nil }
      rest += more
    }
  }
}

extension ScriptedServer.Reaction {
  /// An answer with a length, after which the connection goes on.
  package static func answer(
    _ status: Int, _ body: String = "", fields: String...
  ) -> ScriptedServer.Reaction {
    let lines = ["HTTP/1.1 \(status) Status", "Content-Length: \(body.utf8.count)"] + fields
    return .answer(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
  }
}
