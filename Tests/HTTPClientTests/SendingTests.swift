import Foundation
import NetworkFaults
import Testing

@testable import HTTPClient

@Suite struct `Sending a request` {
  @Test func `brings the answer, whatever its status`() async throws {
    let server = try ScriptedServer { _ in .answer(404, "none", fields: "X-Why: gone") }
    let answer = try await TestClient().send(request(.get, server.port, "/a?b=c"))
    #expect(answer.status == 404)
    #expect(!answer.isSuccess)
    #expect(answer.field("x-why") == "gone")
    #expect(answer.body == Array("none".utf8))
    #expect(server.requests.map(\.line) == ["GET /a?b=c HTTP/1.1"])
  }

  @Test(arguments: [HTTPClient.Method.post, .put, .patch])
  func `says the length of an empty body`(method: HTTPClient.Method) async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    _ = try await TestClient().send(request(method, server.port))
    #expect(server.requests.map { $0.field("Content-Length") } == ["0"])
  }

  @Test(arguments: [
    HTTPClient.Field("X-Name", "one\r\nX-Other: two"), HTTPClient.Field("X-Name", "one\u{0}"),
    HTTPClient.Field("X Name", "one"), HTTPClient.Field("", "one"),
    HTTPClient.Field("X-Name:", "one"),
  ])
  func `refuses a field that could be read as two`(field: HTTPClient.Field) async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    var request = request(.get, server.port)
    request.fields = [field]
    await #expect(throws: HTTPClientError(reason: .malformedRequest, outcome: .notReceived)) {
      try await TestClient().send(request)
    }
    #expect(server.connectionCount == 0)
  }

  @Test func `refuses more calls at once than allowed`() async throws {
    let server = try ScriptedServer { _ in .silence }
    let client = try TestClient { $0.maximumCalls = 1 }
    let first = Task { try await client.send(request(.get, server.port)) }
    await server.received(1)
    await #expect(throws: HTTPClientError(reason: .tooManyCalls, outcome: .notReceived)) {
      try await client.send(request(.get, server.port))
    }
    first.cancel()
    await #expect(throws: HTTPClientError(reason: .cancelled, outcome: .unknown)) {
      try await first.value
    }
    await server.clientGone()
  }

  @Test func `downloads into a file`() async throws {
    let text = String(repeating: "0123456789", count: 20_000)
    let server = try ScriptedServer { _ in .answer(200, text) }
    let path = NSTemporaryDirectory() + "http-client-tests-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    let answer = try await TestClient().client.download(request(.get, server.port), to: path)
    #expect(answer.bodySize == text.utf8.count)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }
}

@Suite struct `What is known of a request without an answer` {
  private let broken = HTTPClientError(reason: .broken, outcome: .unknown)

  @Test func `is nothing when the server did its work and the connection was reset`() async throws {
    let server = try ScriptedServer { _ in .answer(200, "paid") }
    let proxy = try FaultProxy(to: server.port)
    proxy.set(.reset(atAnswerByte: 1))
    await #expect(throws: broken) {
      try await TestClient().send(request(.post, proxy.port, body: "{}"))
    }
    #expect(server.requests.count == 1)
  }

  @Test func `is that it was not received when nobody listens`() async throws {
    let port = try ScriptedServer { _ in .close }.port
    let client = try TestClient()
    await #expect(throws: HTTPClientError(reason: .notConnected, outcome: .notReceived)) {
      try await client.send(request(.post, port, body: "{}"))
    }
    #expect(client.calls.all.count == 1)
  }

  @Test func `is nothing when only a later attempt was surely not received`() async throws {
    let server = try ScriptedServer { _ in .reset }
    let client = try TestClient(surroundings: {
      $0.pause = { _ in
        server.stop()
        return true
      }
    })
    await #expect(throws: HTTPClientError(reason: .notConnected, outcome: .unknown)) {
      try await client.send(request(.put, server.port, body: "{}"))
    }
  }

  @Test func `is the status when the body is too large`() async throws {
    let server = try ScriptedServer { _ in .answer(201, String(repeating: "x", count: 100)) }
    var request = request(.post, server.port, body: "{}")
    request.maximumAnswerBytes = 99
    await #expect(throws: HTTPClientError(reason: .answerTooLarge, outcome: .unknown, status: 201))
    {
      try await TestClient().send(request)
    }
  }

  @Test func `is nothing when the network swallows everything`() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    let proxy = try FaultProxy(to: server.port)
    proxy.set(.blackHole)
    var request = request(.post, proxy.port, body: "{}")
    request.totalTimeout = .milliseconds(100)
    await #expect(throws: HTTPClientError(reason: .timedOut, outcome: .unknown)) {
      try await TestClient().send(request)
    }
  }

  @Test func `is the status when the connection was half closed in the midst`() async throws {
    let server = try ScriptedServer { _ in .answer(200, String(repeating: "x", count: 100)) }
    let proxy = try FaultProxy(to: server.port)
    proxy.set(.halfClose(afterAnswerBytes: 90))
    await #expect(throws: HTTPClientError(reason: .broken, outcome: .unknown, status: 200)) {
      try await TestClient().send(request(.post, proxy.port, body: "{}"))
    }
  }
}

@Suite struct `A bad network` {
  @Test func `may drip and delay: the answer is whole`() async throws {
    let server = try ScriptedServer { _ in .answer(200, "a whole answer") }
    let proxy = try FaultProxy(to: server.port)
    for fault in [FaultProxy.Fault.drip(bytes: 7, milliseconds: 1), .delay(milliseconds: 5)] {
      proxy.set(fault)
      let answer = try await TestClient().send(request(.get, proxy.port))
      #expect(answer.body == Array("a whole answer".utf8))
    }
  }

  @Test func `may double a request, which its key then tells`() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    let proxy = try FaultProxy(to: server.port)
    proxy.set(.duplicate)
    _ = try await TestClient().send(request(.post, proxy.port, body: "{}", key: "k-1"))
    await server.received(2)
    #expect(server.requests.map { $0.field("Idempotency-Key") } == ["k-1", "k-1"])
  }

  @Test func `may turn the order of two requests round`() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    let proxy = try FaultProxy(to: server.port)
    proxy.set(.reorder)
    let client = try TestClient()
    let first = Task { try await client.send(request(.post, proxy.port, "/first")) }
    await proxy.accepted(1)
    _ = try await client.send(request(.post, proxy.port, "/second"))
    _ = try await first.value
    #expect(server.requests.map(\.line) == ["POST /second HTTP/1.1", "POST /first HTTP/1.1"])
  }
}
