import Foundation
import Synchronization
import Testing

@testable import HTTPServer

@Suite struct `Requests that mean harm` {
  private static let reached = Route(.get, "/reached") { _ in .text("reached") }
  private static let echo = Route(.post, "/echo") { request in .text("\(request.body.bytes.count)")
  }

  /// Sends the bytes and another request after them.
  /// - Returns: The status of the answer, or 0 for a connection that was closed without one.
  private func statuses(_ request: String) async throws -> [Int] {
    let said = Mutex<String>("")
    try await withServer([Self.reached, Self.echo]) { server in
      let client = try server.client()
      let all = try await onOwnThread {
        client.send(request)
        client.send(TestServer.request("GET", "/reached"))
        client.finishSending()
        return (try? client.receiveAll()) ?? []
      }
      said.withLock { $0 = String(decoding: all, as: UTF8.self) }
    }
    let text = said.withLock { $0 }
    #expect(!text.contains("\r\n\r\nreached"))
    return text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { Int($0.prefix(3))! }
  }

  @Test(arguments: [
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "GET /reached HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /reached HTTP/1.1\r\n\r\n", "GET /reached HTTP/1.1\r\nHost: a b\r\n\r\n",
    "GET /reached HTTP/1.1\r\nHost:\r\n\r\n", "GET /reached HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /..%2freached HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http://b/reached HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Content-Length: 99999999999999999999\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Content-Length: 9223372036854775807\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      + "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "BREW /reached HTTP/1.1\r\nHost: a\r\n\r\n", "GET /reached HTTP/2.0\r\nHost: a\r\n\r\n",
    "GET /reached HTTP/1.1\r\nno colon\r\n\r\n",
    "GET /\(String(repeating: "a", count: 1 << 20)) HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /reached HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 1 << 20))\r\n\r\n",
    "GET /reached HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 100_000))\r\n",
    "GET /reached?\(String(repeating: "a&", count: 100_000)) HTTP/1.1\r\nHost: a\r\n\r\n",
    "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ])
  func `are refused with their connection`(request: String) async throws {
    let statuses = try await statuses(request)
    // The library writes the head of some refusals of its own twice before it hangs up.
    #expect(Set(statuses).count <= 1)
    #expect(statuses.allSatisfy { (400...505).contains($0) && $0 != 500 })
  }

  /// A client that is still writing when it is refused may be reset before it has read why.
  @Test func `are turned away by what is wrong with them`() async throws {
    let long = String(repeating: "a", count: 64 << 10)
    let target = try await statuses("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n")
    let field = try await statuses("GET / HTTP/1.1\r\nHost: a\r\nX: \(long)\r\n\r\n")
    #expect(target == [414] || target == [])
    #expect(field == [431] || field == [])
  }

  @Test func `may bring a head of some thousand bytes`() async throws {
    let cookie = "Cookie: a=" + String(repeating: "x", count: 3500)
    let other = "X-Other: " + String(repeating: "x", count: 3500)
    try await withServer([Self.reached]) { server in
      let answer = try await server.get("/reached", cookie, other)
      #expect(answer.text == "reached")
    }
  }

  /// Seeded by the number of the test's run: each cut comes again with the same seed.
  @Test(arguments: [UInt64(1)])
  func `cut at any byte never mix with another client's answers`(seed: UInt64) async throws {
    let echo = Route(.post, "/echo/{n}", limits: RouteLimits(accepts: [.json, .form, .bytes])) {
      (request, n: Int) in
      if n % 3 == 0 { await Task.yield() }
      return .text("\(n) " + String(decoding: request.body.bytes, as: UTF8.self))
    }
    let page = Route(.get, "/page/{n}") { (_, n: Int) in
      .text("\(n) " + String(repeating: "p", count: n % 5000))
    }
    try await withServer([echo, page]) { server in
      let over = Recorder<Bool>()
      let port = server.port
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          defer { over.record(true) }
          try await onOwnThread { try Self.cut(10_000, seed: seed, port: port) }
        }
        group.addTask {
          let wrong = try await onOwnThread {
            try Self.compare(seed: seed &+ 1, port: port) { !over.elements.isEmpty }
          }
          #expect(wrong == [])
        }
        try await group.waitForAll()
      }
      let answer = try await server.get("/page/1")
      #expect(answer.text == "1 p")
    }
  }

  /// The client that cuts.
  private static func cut(_ count: Int, seed: UInt64, port: UInt16) throws {
    var random = SeededGenerator(seed: seed)
    let body = String(repeating: "evil", count: 300)
    let requests = [
      TestServer.request("GET", "/page/666"),
      TestServer.request("POST", "/echo/666", ["Content-Type: text/plain"], body: body),
      TestServer.request(
        "POST", "/echo/667", ["Content-Type: application/json"], body: "[\"evil\"]"),
      TestServer.request(
        "POST", "/echo/668", ["Content-Type: text/plain", "Transfer-Encoding: chunked"])
        + "4\r\nevil\r\n4\r\nevil\r\n0\r\n\r\n",
    ].map { Array($0.utf8) }
    for _ in 0..<count {
      let request = requests.randomElement(using: &random)!
      let client = try RawClient(port: port)
      if Bool.random(using: &random) { client.willReset() }
      client.send(request.prefix(Int.random(in: 1...request.count, using: &random)))
    }
  }

  /// The client whose answers are compared, but for their date.
  private static func compare(
    seed: UInt64, port: UInt16, until isOver: () -> Bool
  ) throws -> [String] {
    var random = SeededGenerator(seed: seed)
    let client = try RawClient(port: port)
    var wrong: [String] = []
    repeat {
      let n = Int.random(in: 1...20_000, using: &random)
      let (request, body) = question(n)
      client.send(request)
      let answer = try client.answer()
      let fields = answer.fields.filter { $0.name != "Date" }.map { "\($0.name): \($0.value)" }
      let expected =
        [
          "Content-Type: text/plain; charset=utf-8"
        ] + (body.utf8.count >= Gzip.minimumBytes ? ["Vary: Accept-Encoding"] : []) + [
          "X-Request-Id: good-\(n)", "Content-Length: \(body.utf8.count)",
        ]
      if answer.status != 200 || answer.text != body || fields != expected {
        wrong.append("\(n): \(fields) \(answer.text.prefix(200))")
      }
    } while !isOver()
    return wrong
  }

  private static func question(_ n: Int) -> (request: String, body: String) {
    let id = "X-Request-Id: good-\(n)"
    guard n % 2 == 0 else {
      return (
        TestServer.request("GET", "/page/\(n)", [id]),
        "\(n) " + String(repeating: "p", count: n % 5000)
      )
    }
    let body = "good \(n) " + String(repeating: "g", count: n % 1000)
    return (
      TestServer.request("POST", "/echo/\(n)", [id, "Content-Type: text/plain"], body: body),
      "\(n) \(body)"
    )
  }
}
