import Testing

@testable import HTTPServer

@Suite struct `Stopping` {
  private func server(_ routes: [Route]) throws -> HTTPServer {
    try HTTPServer(
      Application(router: Router(routes, baseHosts: ["localhost"])),
      listeningOn: .tcp(host: "127.0.0.1", port: 0), settings: .hurried)
  }

  @Test func `lets a request in flight finish and lets nobody else in`() async throws {
    let gate = Gate()
    let started = Recorder<Bool>()
    let server = try server([
      Route(.get, "/wait", limits: .patient) { _ in
        started.record(true)
        await gate.wait()
        return .text("finished")
      }
    ])
    let port = server.port
    let client = try RawClient(port: port)
    client.send(TestServer.request("GET", "/wait"))
    _ = await started.first(1)
    async let stopped: Void = server.stop()
    await gate.open()
    let answer = try await onOwnThread { try client.answer() }
    await stopped
    #expect(answer.text == "finished")
    #expect(throws: RawClient.Failed.self) { try RawClient(port: port) }
  }

  @Test func `says that the connection ends`() async throws {
    let gate = Gate()
    let started = Recorder<Bool>()
    let closing = Recorder<Bool>()
    let server = try server([
      Route(.get, "/wait", limits: .patient) { _ in
        started.record(true)
        await gate.wait()
        return .text("finished")
      }
    ])
    let (waiting, idle) = (try RawClient(port: server.port), try RawClient(port: server.port))
    _ = try await onOwnThread {
      idle.send(TestServer.request("GET", "/nothing"))
      return try idle.answer()
    }
    waiting.send(TestServer.request("GET", "/wait"))
    _ = await started.first(1)
    let stopping = Task {
      await server.stop()
      closing.record(true)
    }
    // An idle connection is closed at once, which shows that stopping has begun.
    let rest = try await onOwnThread { try idle.receiveAll() }
    #expect(rest.isEmpty)
    await gate.open()
    let answer = try await onOwnThread { try waiting.answer() }
    #expect(answer["Connection"] == "close")
    await stopping.value
    #expect(closing.elements == [true])
  }

  @Test func `does not wait for ever`() async throws {
    let started = Recorder<Bool>()
    let cancelled = Recorder<Bool>()
    let server = try server([
      Route(.get, "/stuck", limits: .patient) { _ in
        started.record(true)
        try? await Task.sleep(for: .seconds(3600))
        cancelled.record(Task.isCancelled)
        return .text("never")
      }
    ])
    let clients = try (0..<10).map { _ in try RawClient(port: server.port) }
    for client in clients { client.send(TestServer.request("GET", "/stuck")) }
    _ = await started.first(10)
    await server.stop(within: .milliseconds(20))
    let answers = try await onOwnThread { try clients.map { try $0.answer() } }
    #expect(answers.allSatisfy { $0.status == 503 && $0["Retry-After"] == "1" })
    #expect(await cancelled.first(10).allSatisfy { $0 })
  }

  @Test func `ends streams of events properly and others by force`() async throws {
    let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
    let released = Recorder<Bool>()
    let gate = Gate()
    let server = try server([
      Route(.get, "/events") { _ in .events(events, heartbeat: .seconds(600)) },
      Route(.get, "/stream") { _ in
        .stream(type: "text/plain") { writer in
          try await writer.write("beginning")
          await withTaskCancellationHandler {
            await gate.wait()
          } onCancel: {
            released.record(true)
          }
        }
      },
    ])
    let (listener, reader) = (try RawClient(port: server.port), try RawClient(port: server.port))
    source.yield(ServerSentEvent(data: "1"))
    try await onOwnThread {
      listener.send(TestServer.request("GET", "/events"))
      reader.send(TestServer.request("GET", "/stream"))
      var heard = ""
      while !heard.contains("data: 1") {
        heard += String(decoding: try listener.receive()!, as: UTF8.self)
      }
      heard = ""
      while !heard.contains("beginning") {
        heard += String(decoding: try reader.receive()!, as: UTF8.self)
      }
    }
    await server.stop(within: .milliseconds(50))
    let (ended, broken) = try await onOwnThread {
      (try listener.receiveAll(), try reader.receiveAll())
    }
    #expect(String(decoding: ended, as: UTF8.self) == "0\r\n\r\n")
    #expect(!String(decoding: broken, as: UTF8.self).hasSuffix("0\r\n\r\n"))
    _ = await released.first(1)
    await gate.open()
  }

  @Test func `under load leaves no client with half an answer`() async throws {
    for _ in 0..<20 {
      let server = try server([
        Route(.get, "/{n}", limits: .patient) { (_, n: Int) in
          for _ in 0..<n { await Task.yield() }
          return .text("\(n)")
        }
      ])
      let clients = try (0..<16).map { _ in try RawClient(port: server.port) }
      async let answers = onOwnThread {
        try (0..<1000).reduce(into: 0) { served, round in
          for client in clients { client.send(TestServer.request("GET", "/\(round % 5)")) }
          for client in clients {
            guard let answer = try? client.answer() else { throw RawClient.Failed(what: "closed") }
            #expect(answer.status == 200 || answer.status == 503)
            served += 1
          }
        }
      }
      await server.stop(within: .milliseconds(50))
      _ = try? await answers
    }
  }
}
