import Foundation
import Testing

@testable import HTTPServer

@Suite struct `Clients that take their time` {
  private static let hello = Route(.get, "/hello") { _ in .text("hello") }
  private static let echo = Route(.post, "/echo") { request in .text("\(request.body.bytes.count)")
  }

  /// Everything is generous but the deadline under test.
  private func settings(_ change: (inout TransportSettings) -> Void) -> TransportSettings {
    var settings = TransportSettings.hurried
    change(&settings)
    return settings
  }

  /// Sends a byte at a time for as long as the server listens.
  /// - Returns: What the server said before it hung up.
  private func drip(_ client: RawClient, _ text: String) async throws -> String {
    try await onOwnThread {
      var bytes = Array(text.utf8).makeIterator()
      while client.send([bytes.next() ?? UInt8(ascii: "a")]) {
        if try client.hasEnded() { break }
        usleep(5000)
      }
      return String(decoding: (try? client.receiveAll()) ?? [], as: UTF8.self)
    }
  }

  @Test(arguments: ["", "GET /", "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: "])
  func `over a head are hung up on`(beginning: String) async throws {
    try await withServer(
      [Self.hello], settings: settings { $0.headerDeadline = .milliseconds(200) }
    ) { server in
      let client = try server.client()
      client.send(beginning)
      let said = try await drip(client, "")
      #expect(said == "")
    }
  }

  @Test func `over the head of their second request are hung up on`() async throws {
    try await withServer(
      [Self.hello], settings: settings { $0.headerDeadline = .milliseconds(200) }
    ) { server in
      let client = try server.client()
      let first = try await onOwnThread {
        client.send(TestServer.request("GET", "/hello"))
        return try client.answer()
      }
      #expect(first.status == 200)
      let said = try await drip(client, "GET /")
      #expect(said == "")
    }
  }

  @Test func `over nothing at all are hung up on`() async throws {
    try await withServer(
      [Self.hello], settings: settings { $0.headerDeadline = .milliseconds(100) }
    ) { server in
      let client = try server.client()
      let said = try await onOwnThread { try client.receiveAll() }
      #expect(said.isEmpty)
    }
  }

  @Test func `over a body are hung up on`() async throws {
    try await withServer(
      [Self.echo],
      settings: settings {
        $0.bodyGrace = .milliseconds(100)
        $0.minimumBytesPerSecond = 1 << 20
      }
    ) { server in
      let client = try server.client()
      client.send(
        TestServer.request(
          "POST", "/echo",
          ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 100000"]))
      let said = try await drip(client, "")
      #expect(said == "")
    }
  }

  @Test func `over an answer are hung up on`() async throws {
    let finished = Recorder<Bool>()
    let much = ResponseBytes([UInt8](repeating: 0, count: 32 << 20))
    let route = Route(.get, "/much") { _ in .bytes(much, type: "application/octet-stream") }
    let hurried = settings { $0.writeWindow = .milliseconds(100) }
    try await withServer([route], settings: hurried) {
      $0.onFinished = { _, outcome in finished.record(outcome.isComplete) }
    } _: { server in
      let client = try RawClient(port: server.port, receiveBuffer: 4096)
      client.send(TestServer.request("GET", "/much"))
      #expect(await finished.first(1) == [false])
    }
  }

  @Test func `over an answer, but keep reading, are served`() async throws {
    let much = ResponseBytes([UInt8](repeating: 7, count: 32 << 20))
    let route = Route(.get, "/much") { _ in .bytes(much, type: "application/octet-stream") }
    try await withServer([route], settings: settings { $0.writeWindow = .seconds(1) }) { server in
      let client = try RawClient(port: server.port, receiveBuffer: 64 << 10)
      let received = try await onOwnThread {
        client.send(TestServer.request("GET", "/much", ["Connection: close"]))
        var received = 0
        while let bytes = try client.receive(atMost: 256 << 10) {
          received += bytes.count
          // Slow enough to be measured more than once.
          usleep(10_000)
        }
        return received
      }
      #expect(received > 32 << 20)
    }
  }

  @Test func `between requests are let go`() async throws {
    try await withServer(
      [Self.hello], settings: settings { $0.idleTimeout = .milliseconds(100) }
    ) { server in
      let client = try server.client()
      let after = try await onOwnThread {
        client.send(TestServer.request("GET", "/hello"))
        _ = try client.answer()
        return try client.receiveAll()
      }
      #expect(after.isEmpty)
    }
  }
}

extension RawClient {
  /// Whether the server has hung up, without waiting for it.
  func hasEnded() throws -> Bool {
    var byte: UInt8 = 0
    let got = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    return got == 0 || (got < 0 && errno != EAGAIN)
  }
}
