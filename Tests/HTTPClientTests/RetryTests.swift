import NetworkFaults
import Observability
import Testing

@testable import HTTPClient

@Suite struct `Trying again` {
  private func failingOnce(_ status: Int, fields: String...) throws -> ScriptedServer {
    try ScriptedServer { [fields] request in
      guard request.number == 0 else { return .answer(200) }
      let head = ["HTTP/1.1 \(status) Status", "Content-Length: 0"] + fields
      return .answer(head.joined(separator: "\r\n") + "\r\n\r\n")
    }
  }

  @Test(arguments: [429, 500, 502, 503, 504])
  func `helps against a passing weakness of the service`(status: Int) async throws {
    let server = try failingOnce(status)
    let client = try TestClient()
    #expect(try await client.send(request(.get, server.port)).status == 200)
    #expect(client.pauses.all == [.milliseconds(200)])
    #expect(client.calls.all.map(\.attempt) == [1, 2])
  }

  @Test(arguments: [400, 401, 404, 409, 422, 501])
  func `is not done where the answer would be the same`(status: Int) async throws {
    let server = try failingOnce(status)
    #expect(try await TestClient().send(request(.get, server.port)).status == status)
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [HTTPClient.Method.post, .patch])
  func `is not done where twice is more than once`(method: HTTPClient.Method) async throws {
    let server = try failingOnce(503)
    #expect(try await TestClient().send(request(method, server.port, body: "{}")).status == 503)
    let resetting = try ScriptedServer { _ in .reset }
    await #expect(throws: HTTPClientError(reason: .broken, outcome: .unknown)) {
      try await TestClient().send(request(method, resetting.port, body: "{}"))
    }
    #expect(server.requests.count == 1)
    #expect(resetting.requests.count == 1)
  }

  @Test func `is done with the same key where the service knows keys`() async throws {
    let server = try ScriptedServer { $0.number == 0 ? .reset : .answer(200) }
    let answer = try await TestClient().send(request(.post, server.port, body: "{}", key: "k-7"))
    #expect(answer.status == 200)
    #expect(server.requests.map { $0.field("Idempotency-Key") } == ["k-7", "k-7"])
  }

  @Test func `waits as long as the service asks`() async throws {
    let server = try failingOnce(429, fields: "Retry-After: 7")
    let client = try TestClient()
    #expect(try await client.send(request(.get, server.port)).status == 200)
    #expect(client.pauses.all == [.seconds(7)])
  }

  @Test func `leaves a long wait to the caller`() async throws {
    let server = try failingOnce(429, fields: "Retry-After: 31")
    let client = try TestClient()
    let answer = try await client.send(request(.get, server.port))
    #expect(answer.status == 429)
    #expect(answer.retryAfterSeconds == 31)
    #expect(client.pauses.all.isEmpty)
  }

  @Test func `ends after three attempts`() async throws {
    let server = try ScriptedServer { _ in .answer(503) }
    let client = try TestClient()
    #expect(try await client.send(request(.get, server.port)).status == 503)
    #expect(client.pauses.all == [.milliseconds(200), .milliseconds(400)])
    #expect(server.requests.count == 3)
  }

  @Test func `ends when the task is cancelled while it waits`() async throws {
    let server = try ScriptedServer { _ in .answer(503) }
    let client = try TestClient(surroundings: { $0.pause = { _ in false } })
    await #expect(throws: HTTPClientError(reason: .cancelled, outcome: .unknown)) {
      try await client.send(request(.get, server.port))
    }
    #expect(server.requests.count == 1)
  }

  @Test func `waits longer each time, up to a bound, and never as long as its neighbour`() {
    let policy = RetryPolicy(attempts: 100)
    func pause(_ attempt: Int, _ jitter: Double) -> Duration? {
      policy.pause(after: .failure(.broken), attempt: attempt, jitter: jitter)
    }
    #expect(
      (1...6).map { pause($0, 1) }
        == [200, 400, 800, 1_600, 3_200, 5_000].map { .milliseconds($0) })
    #expect(pause(1, 0) == .milliseconds(100))
    #expect(pause(99, 1) == .seconds(5))
    #expect(pause(100, 1) == nil)
  }
}

@Suite struct `The circuit breaker` {
  private let start = ContinuousClock.now
  private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

  private func admits(
    _ breaker: inout CircuitBreaker, at time: ContinuousClock.Instant
  ) -> Bool { breaker.admit(at: time) != nil }

  private func admitted(
    _ breaker: inout CircuitBreaker, at time: ContinuousClock.Instant
  ) throws -> CircuitBreaker.Pass {
    let pass = breaker.admit(at: time)
    return try #require(pass)
  }

  private func opened() throws -> CircuitBreaker {
    var breaker = CircuitBreaker(.init(failures: 2, restSeconds: 10))
    for _ in 0..<2 {
      let pass = try admitted(&breaker, at: start)
      breaker.record(.failure, of: pass, at: start)
    }
    return breaker
  }

  @Test func `opens after failures in a row only`() throws {
    var breaker = CircuitBreaker(.init(failures: 2, restSeconds: 10))
    for verdict in [CircuitBreaker.Verdict.failure, .success, .failure, .neither] {
      breaker.record(verdict, of: try admitted(&breaker, at: start), at: start)
    }
    #expect(!breaker.isOpen)
    breaker.record(.failure, of: try admitted(&breaker, at: start), at: start)
    #expect(breaker.isOpen)
    #expect(!admits(&breaker, at: after(9)))
  }

  @Test func `lets one call try after the rest, and closes when it succeeds`() throws {
    var breaker = try opened()
    let trial = try admitted(&breaker, at: after(10))
    #expect(!admits(&breaker, at: after(10)))
    breaker.record(.success, of: trial, at: after(11))
    #expect(!breaker.isOpen)
    #expect(admits(&breaker, at: after(11)))
  }

  @Test func `rests again when the trial fails`() throws {
    var breaker = try opened()
    breaker.record(.failure, of: try admitted(&breaker, at: after(10)), at: after(12))
    #expect(!admits(&breaker, at: after(21)))
    #expect(admits(&breaker, at: after(22)))
  }

  @Test func `lets the next one try when the trial was cancelled`() throws {
    var breaker = try opened()
    breaker.record(.neither, of: try admitted(&breaker, at: after(10)), at: after(11))
    #expect(admits(&breaker, at: after(11)))
  }

  @Test func `takes no advice from calls that began before it opened`() throws {
    var breaker = CircuitBreaker(.init(failures: 1, restSeconds: 10))
    let early = try admitted(&breaker, at: start)
    breaker.record(.failure, of: try admitted(&breaker, at: start), at: start)
    breaker.record(.success, of: early, at: after(1))
    #expect(breaker.isOpen)
    let trial = try admitted(&breaker, at: after(10))
    breaker.record(.failure, of: early, at: after(10))
    breaker.record(.success, of: trial, at: after(11))
    #expect(!breaker.isOpen)
  }

  @Test func `keeps calls from a service that fails`() async throws {
    let server = try ScriptedServer { _ in .answer(500) }
    let client = try TestClient { $0.failuresUntilRest = 2 }
    for _ in 0..<2 { _ = try await client.send(request(.post, server.port)) }
    await #expect(throws: HTTPClientError(reason: .circuitOpen, outcome: .notReceived)) {
      try await client.send(request(.post, server.port))
    }
    #expect(server.requests.count == 2)
    #expect(client.metrics.render().contains("martlet_http_circuit_open{service=\"test\"} 1"))
  }

  @Test func `is not opened by refusals`() async throws {
    let server = try ScriptedServer { _ in .answer(422) }
    let client = try TestClient { $0.failuresUntilRest = 1 }
    for _ in 0..<3 { _ = try await client.send(request(.post, server.port)) }
    #expect(server.requests.count == 3)
  }
}
