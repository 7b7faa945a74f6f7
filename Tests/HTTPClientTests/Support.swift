import NetworkFaults
import Observability
import Synchronization
import Transfers

@testable import HTTPClient

/// A client whose pauses pass at once and are remembered, with no chance in them.
struct TestClient {
  let client: HTTPClient
  let pauses = Recorded<Duration>()
  let calls = Recorded<CallRecord>()
  let metrics: Metrics

  init(
    _ configure: (inout HTTPClient.Service) -> Void = { _ in },
    surroundings configureSurroundings: (inout Surroundings) -> Void = { _ in }
  ) throws {
    var service = HTTPClient.Service("test")
    configure(&service)
    var surroundings = Surroundings()
    surroundings.random = { 1 }
    surroundings.pause = { [pauses] in
      pauses.add($0)
      return true
    }
    configureSurroundings(&surroundings)
    metrics = try Metrics()
    client = HTTPClient(
      service, on: Transfers(), metrics: metrics, onCall: { [calls] in calls.add($0) },
      surroundings: surroundings)
  }

  func send(_ request: HTTPClient.Request) async throws(HTTPClientError) -> HTTPClient.Answer {
    try await client.send(request)
  }
}

final class Recorded<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])
  func add(_ value: Value) { values.withLock { $0.append(value) } }
  var all: [Value] { values.withLock { $0 } }
}

func request(
  _ method: HTTPClient.Method, _ port: UInt16, _ path: String = "/", body: String? = nil,
  key: String? = nil
) -> HTTPClient.Request {
  var request = HTTPClient.Request(method, "http://127.0.0.1:\(port)\(path)")
  request.body = body.map { .bytes(Array($0.utf8), type: "application/json") }
  request.idempotencyKey = key
  return request
}
