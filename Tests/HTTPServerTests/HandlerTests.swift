import Synchronization
import Testing

@testable import HTTPServer

@Suite struct `Handlers that wait` {
  @TaskLocal static var shop = "none"

  @Test func `give each client its own answer`() async throws {
    let gate = Gate()
    let started = Recorder<Int>()
    let route = Route(.get, "/{n}", limits: .patient) { (_, n: Int) in
      started.record(n)
      await gate.wait()
      return .text("answer \(n)")
    }
    try await withServer([route]) { server in
      let clients = try (0..<40).map { _ in try server.client() }
      for (n, client) in clients.enumerated() { client.send(TestServer.request("GET", "/\(n)")) }
      _ = await started.first(40)
      await gate.open()
      let answers = try await onOwnThread { try clients.map { try $0.answer().text } }
      #expect(answers == (0..<40).map { "answer \($0)" })
    }
  }

  @Test func `finish before, while and after their connection is put aside`() async throws {
    let route = Route(.get, "/{n}", limits: .patient) { (_, n: Int) in
      for _ in 0..<n { await Task.yield() }
      return .text("\(n)")
    }
    try await withServer([route]) { server in
      let clients = try (0..<8).map { _ in try server.client() }
      let wrong = try await onOwnThread {
        var wrong = 0
        for round in 0..<300 {
          for (n, client) in clients.enumerated() {
            client.send(TestServer.request("GET", "/\((n + round) % 4)"))
          }
          for (n, client) in clients.enumerated() {
            if try client.answer().text != "\((n + round) % 4)" { wrong += 1 }
          }
        }
        return wrong
      }
      #expect(wrong == 0)
    }
  }

  @Test func `keep the context that was set around them`() async throws {
    let route = Route(.get, "/shop", limits: .patient) { _ in
      let before = Self.shop
      await Task.yield()
      return .text("\(before) \(Self.shop)")
    }
    try await withServer([route]) {
      $0.around = { request, handler in
        try await Self.$shop.withValue(request.id) { try await handler(request) }
      }
    } _: { server in
      let answer = try await server.get("/shop", "X-Request-Id: blue")
      #expect(answer.text == "blue blue")
    }
  }

  @Test func `are cancelled when they take too long, and the client is told`() async throws {
    let cancelled = Recorder<Bool>()
    let route = Route(.get, "/slow", limits: RouteLimits(deadline: .milliseconds(50))) { _ in
      try? await Task.sleep(for: .seconds(3600))
      cancelled.record(Task.isCancelled)
      return .text("too late")
    }
    try await withServer([route]) { server in
      let client = try server.client()
      let (answer, next) = try await onOwnThread {
        client.send(TestServer.request("GET", "/slow"))
        let answer = try client.answer()
        client.send(TestServer.request("GET", "/nothing"))
        return (answer, try client.answer())
      }
      #expect(answer.status == 503)
      #expect(answer["Retry-After"] == "1")
      #expect(answer.text.contains("timed_out"))
      #expect(next.status == 404)
      #expect(await cancelled.first(1) == [true])
    }
  }

  @Test func `outlive a client that leaves`() async throws {
    let gate = Gate()
    let started = Recorder<Bool>()
    let finished = Recorder<Int>()
    let route = Route(.get, "/wait", limits: .patient) { _ in
      started.record(true)
      await gate.wait()
      return .text("anybody there?")
    }
    try await withServer([route]) {
      $0.onFinished = { _, outcome in finished.record(outcome.status) }
    } _: { server in
      var clients = try (0..<20).map { _ in try server.client() }
      for client in clients {
        client.willReset()
        client.send(TestServer.request("GET", "/wait"))
      }
      _ = await started.first(20)
      clients = []
      await gate.open()
      _ = await finished.first(20)
      let answer = try await server.get("/wait")
      #expect(answer.text == "anybody there?")
    }
  }

  @Test func `are told of at their beginning and their end`() async throws {
    let told = Recorder<String>()
    let routes = [
      Route(.get, "/items/{slug}", name: "items.show", limits: .patient) { (_, _: Slug) in
        .text("12345")
      }
    ]
    try await withServer(routes) {
      $0.onStarted = { told.record("started \($0.id) \($0.method.rawValue) \($0.path)") }
      $0.onFinished = { request, outcome in
        #expect(outcome.durationNanoseconds > 0)
        told.record(
          "finished \(request.id) \(request.route?.name ?? "-") \(outcome.status) "
            + "\(outcome.bodyBytes) \(outcome.isComplete)")
      }
    } _: { server in
      _ = try await server.get("/items/blue", "X-Request-Id: a")
      _ = await told.first(2)
      _ = try await server.get("/nothing", "X-Request-Id: b")
      let all = await told.first(4)
      #expect(
        all[..<3] == [
          "started a GET /items/blue", "finished a items.show 200 5 true", "started b GET /nothing",
        ])
      #expect(all[3].hasPrefix("finished b - 404 "))
    }
  }
}
