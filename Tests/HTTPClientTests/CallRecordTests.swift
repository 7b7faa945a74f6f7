import NetworkFaults
import Observability
import Testing

@testable import HTTPClient

@Suite struct `The record of a call` {
  @Test func `tells what happened, and no secret`() async throws {
    let canary = "canary-5f2c"
    let server = try ScriptedServer { _ in
      .answer(
        402, #"{"id":"ch_1","client_secret":"\#(canary)","echo":"is \#(canary)"}"#,
        fields: "Content-Type: application/json", "Set-Cookie: s=\(canary)")
    }
    var request = request(
      .post, server.port, "/bot\(canary)/send?token=\(canary)",
      body: #"{"amount":5,"card":{"number":"\#(canary)"},"note":"\#(canary)"}"#)
    request.fields = [HTTPClient.Field("Authorization", "Bearer \(canary)")]
    request.secrets = [canary]
    let client = try TestClient()
    _ = try await client.send(request)

    let record = try #require(client.calls.all.first)
    #expect(!"\(record)".contains(canary))
    #expect(record.service == "test")
    #expect(record.method == "POST")
    #expect(record.host == "127.0.0.1")
    #expect(record.path == "/bot***/send")
    #expect(record.status == 402)
    #expect(record.requestBody == #"{"amount":5,"card":"***","note":"***"}"#)
    #expect(record.answerBody == #"{"id":"ch_1","client_secret":"***","echo":"is ***"}"#)
    #expect(record.answerFields.contains(HTTPClient.Field("Set-Cookie", "***")))
  }

  @Test func `counts each attempt by its outcome`() async throws {
    let server = try ScriptedServer { request in
      [.answer(503), .answer(200), .answer(404), .reset][request.number]
    }
    let client = try TestClient()
    _ = try await client.send(request(.get, server.port))
    _ = try await client.send(request(.get, server.port))
    _ = try? await client.send(request(.post, server.port))
    let text = client.metrics.render()
    for outcome in ["success", "client_error", "server_error", "no_answer"] {
      let line = "martlet_http_calls_total{service=\"test\",outcome=\"\(outcome)\"} 1\n"
      #expect(text.contains(line), "\(outcome)")
    }
    #expect(text.contains("martlet_http_call_retries_total{service=\"test\"} 1\n"))
    #expect(text.contains("martlet_http_call_seconds_count{service=\"test\"} 4\n"))
  }
}

@Suite struct `Masking a body` {
  private func masked(_ text: String, _ type: String = "application/json") -> String {
    Masking(secrets: []).body(Array(text.utf8), type: type)
  }

  @Test(arguments: [
    (#"{"api_key": "x", "id": 1}"#, #"{"api_key": "***", "id": 1}"#),
    (#"{"password":["a",{"b":"]"}],"id":1}"#, #"{"password":"***","id":1}"#),
    (#"{"a":{"Token":12.5}}"#, #"{"a":{"Token":"***"}}"#),
    (#"{"token" : null}"#, #"{"token" : "***"}"#),
    (#"["token", "b"]"#, #"["token", "b"]"#),
    (#"{"a":"\"token\":","b":1}"#, #"{"a":"\"token\":","b":1}"#),
    (#"{"secret":"cut o"#, #"{"secret":"***""#),
    (#"{"secret":"#, #"{"secret":"***""#),
    (#"{"secret"#, #"{"secret"#),
  ])
  func `replaces the value of each secret name`(given: String, kept: String) {
    #expect(masked(given) == kept)
  }

  @Test func `knows forms`() {
    #expect(
      masked(
        "amount=5&card[number]=4242&source", "application/x-www-form-urlencoded; charset=utf-8")
        == "amount=5&card[number]=***&source")
  }

  @Test func `tells only the size of what it cannot read`() {
    #expect(masked("token=5", "text/plain") == "7 bytes")
    #expect(Masking(secrets: []).body([1, 2, 3], type: nil) == "3 bytes")
  }

  @Test func `cuts what is long`() {
    let long = "{\"a\":\"" + String(repeating: "x", count: 5_000) + "\"}"
    #expect(masked(long).count == Masking.longestBody)
  }
}
