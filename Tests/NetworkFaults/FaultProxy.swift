import Foundation
import Glibc

/// Stands between a client and a server on this machine and spoils their connection as the test
/// says. Knows bytes only, so it serves HTTP, SMTP and PostgreSQL alike.
package final class FaultProxy: Sendable {
  package enum Fault: Sendable {
    case none
    /// Each piece, in both directions, arrives so much later.
    case delay(milliseconds: Int)
    /// Answers come a few bytes at a time.
    case drip(bytes: Int, milliseconds: Int)
    /// The client's connection is reset once so many bytes of the answer are there to be passed on.
    /// With 1 the server has done its work and the client learns nothing.
    case reset(atAnswerByte: Int)
    /// After so many bytes of the answer the client hears that nothing more will come.
    case halfClose(afterAnswerBytes: Int)
    /// Takes everything, passes nothing on and says nothing.
    case blackHole
    /// What the client sends reaches the server twice, over two connections; the second answer is
    /// dropped.
    case duplicate
    /// The first connection's bytes reach the server only after another connection got its answer.
    case reorder
  }

  private let listener: Socket
  private let target: UInt16
  private struct State {
    var fault = Fault.none
    var connections: [Socket] = []
    var accepted = 0
    var answers = 0
  }
  private let state = Turnstile(State())

  /// - Parameter target: The server's port on 127.0.0.1.
  package init(to target: UInt16) throws {
    let listener = try Socket.listening()
    self.listener = listener
    self.target = target
    onNewThread { [weak self] in
      while let client = listener.accept() {
        guard let self else { return }
        self.take(client)
      }
    }
  }

  deinit {
    listener.shut()
    for connection in state.change({ $0.connections }) { connection.shut() }
  }

  package var port: UInt16 { listener.port }

  /// For the connections that come from now on.
  package func set(_ fault: Fault) { state.change { $0.fault = fault } }

  /// Returns once so many connections have come.
  package func accepted(_ count: Int) async { await state.wait { $0.accepted >= count } }

  private func take(_ client: Socket) {
    let (fault, number) = state.change { state in
      state.connections.append(client)
      state.accepted += 1
      return (state.fault, state.accepted)
    }
    if case .blackHole = fault { return }
    guard let server = try? Socket.connected(to: target) else { return client.shut() }
    state.change { $0.connections.append(server) }
    var copy: Socket?
    if case .duplicate = fault { copy = try? Socket.connected(to: target) }
    let second = copy
    onNewThread { [self] in
      passRequest(from: client, to: server, second, fault, isFirst: number == 1)
    }
    onNewThread { [self] in passAnswer(from: server, to: client, fault) }
    if let second { onNewThread { while !second.read().isEmpty {} } }
  }

  private func passRequest(
    from client: Socket, to server: Socket, _ second: Socket?, _ fault: Fault, isFirst: Bool
  ) {
    while true {
      let bytes = client.read()
      if bytes.isEmpty { break }
      switch fault {
      case .delay(let milliseconds): Self.pause(milliseconds)
      case .reorder where isFirst: state.waitBlocking { $0.answers > 0 }
      default: break
      }
      second?.write(bytes)
      if !server.write(bytes) { break }
    }
    server.shutWriting()
    second?.shutWriting()
  }

  private func passAnswer(from server: Socket, to client: Socket, _ fault: Fault) {
    var passed = 0
    while true {
      let bytes = server.read()
      if bytes.isEmpty { break }
      switch fault {
      case .delay(let milliseconds): Self.pause(milliseconds)
      case .drip(let size, let milliseconds):
        for start in stride(from: 0, to: bytes.count, by: size) {
          guard client.write(Array(bytes[start..<min(start + size, bytes.count)])) else { return }
          Self.pause(milliseconds)
        }
        continue
      case .reset(let limit) where passed + bytes.count >= limit:
        client.write(Array(bytes.prefix(limit - 1 - passed)))
        return reset(client, server)
      case .halfClose(let limit) where passed + bytes.count >= limit:
        client.write(Array(bytes.prefix(limit - passed)))
        return client.shutWriting()
      default: break
      }
      passed += bytes.count
      if !client.write(bytes) { break }
      state.change { $0.answers += 1 }
    }
    client.shutWriting()
  }

  /// Two threads read from the pair: shutting reading wakes them without a word to the peer, and the
  /// reset leaves when the last of them lets the socket go.
  private func reset(_ client: Socket, _ server: Socket) {
    client.resetOnClose()
    state.change { $0.connections.removeAll { $0 === client } }
    shutdown(client.number, Int32(SHUT_RD))
    server.shut()
  }

  private static func pause(_ milliseconds: Int) { usleep(UInt32(milliseconds) * 1_000) }
}
