import Fields
import Foundation
import IPAddresses
import Testing

@testable import HTTPServer

@Suite struct `Serving requests` {
  private static let hello = Route(.get, "/hello", name: "hello") { _ in .text("hello") }

  private static let echo = Route(
    .post, "/echo", limits: RouteLimits(maximumBodyBytes: 100)
  ) { request in
    .text("\(request.body.input.map { "\($0)" } ?? "nothing")")
  }

  // MARK: Connections

  @Test func `one after another on one connection`() async throws {
    try await withServer([Self.hello]) { server in
      let client = try server.client()
      let request = TestServer.request("GET", "/hello")
      let answers = try await onOwnThread {
        try (0..<50).map { _ in
          client.send(request)
          return try client.answer()
        }
      }
      #expect(answers.allSatisfy { $0.status == 200 && $0.text == "hello" })
      #expect(Set(answers.map { $0["X-Request-Id"] }).count == 50)
    }
  }

  @Test func `sent together before any answer, in their order`() async throws {
    let number = Route(.get, "/{n}", limits: .patient) { (_, n: Int) in
      if n % 2 == 0 { await Task.yield() }
      return .text("\(n)")
    }
    try await withServer([number]) { server in
      let client = try server.client()
      let all = try await onOwnThread {
        client.send((0..<20).map { TestServer.request("GET", "/\($0)") }.joined())
        client.send(TestServer.request("GET", "/99", ["Connection: close"]))
        return String(decoding: try client.receiveAll(), as: UTF8.self)
      }
      let bodies = all.components(separatedBy: "\r\n\r\n").dropFirst().map { part in
        String(part.prefix { $0.isNumber })
      }
      #expect(bodies == (0..<20).map(String.init) + ["99"])
    }
  }

  @Test func `of an old client, whose connection ends with the answer`() async throws {
    try await withServer([Self.hello]) { server in
      let client = try server.client()
      let all = try await onOwnThread {
        client.send("GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return String(decoding: try client.receiveAll(), as: UTF8.self)
      }
      #expect(all.hasSuffix("\r\n\r\nhello"))
      #expect(all.contains("Connection: close\r\n"))
    }
  }

  // MARK: Methods

  @Test func `for HEAD with the fields of GET and no body`() async throws {
    try await withServer([Self.hello]) { server in
      let get = try await server.get("/hello")
      let client = try server.client()
      let (head, next) = try await onOwnThread {
        client.send(TestServer.request("HEAD", "/hello") + TestServer.request("GET", "/hello"))
        return (try client.answer(isHead: true), try client.answer())
      }
      #expect(head.status == 200)
      #expect(head["Content-Length"] == "5")
      #expect(head.fields.map(\.name) == get.fields.map(\.name))
      #expect(next.text == "hello")
    }
  }

  @Test func `with what an address allows`() async throws {
    try await withServer([Self.hello, Self.echo]) { server in
      let options = try await server.ask(TestServer.request("OPTIONS", "/hello"))
      let all = try await server.ask(TestServer.request("OPTIONS", "*"))
      let put = try await server.ask(TestServer.request("PUT", "/echo"))
      let trace = try await server.ask(TestServer.request("TRACE", "/hello"))
      let unknown = try await server.ask(TestServer.request("BREW", "/hello"))
      #expect(options.status == 204)
      #expect(options["Allow"] == "GET, HEAD, OPTIONS")
      #expect(all.status == 204)
      #expect(put.status == 405)
      #expect(put["Allow"] == "POST, OPTIONS")
      #expect(trace.status == 405)
      #expect(unknown.status == 405)
    }
  }

  @Test func `at an address with a slash too many, by sending readers on`() async throws {
    try await withServer([Self.hello, Self.echo]) { server in
      let redirect = try await server.get("/hello/?a=%20b")
      let post = try await server.ask(TestServer.request("POST", "/hello/", body: ""))
      let elsewhere = try await server.get("//hello/")
      #expect(redirect.status == 308)
      #expect(redirect["Location"] == "/hello?a=%20b")
      #expect(post.status == 404)
      #expect(elsewhere.status == 404)
    }
  }

  // MARK: Errors

  @Test func `that find nothing, with a problem document`() async throws {
    try await withServer([Self.hello]) { server in
      let answer = try await server.get("/nothing", "X-Request-Id: test-1")
      #expect(answer.status == 404)
      #expect(answer["Content-Type"] == "application/problem+json")
      #expect(answer["X-Request-Id"] == "test-1")
      let problem = try #require(
        try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
      #expect(problem["status"] as? Int == 404)
      #expect(problem["code"] as? String == "not_found")
      #expect(problem["request_id"] as? String == "test-1")
      #expect(Set(problem.keys) == ["type", "title", "status", "code", "detail", "request_id"])
    }
  }

  @Test func `whose handler fails, telling once why`() async throws {
    struct Oops: Error {}
    let failures = Recorder<String>()
    let routes = [
      Route(.get, "/oops") { _ in throw Oops() },
      Route(.get, "/gone") { _ in
        throw HTTPError(
          status: 410, code: "gone", detail: "It is \"gone\".\n", headers: ["X-Why": "sold"])
      },
    ]
    try await withServer(routes) { application in
      application.translateError = { error, request in
        failures.record("\(type(of: error)) \(request.path)")
        return .internalFailure
      }
    } _: { server in
      let oops = try await server.get("/oops")
      let gone = try await server.get("/gone")
      #expect(oops.status == 500)
      #expect(!oops.text.contains("Oops"))
      #expect(gone.status == 410)
      #expect(gone["X-Why"] == "sold")
      #expect(gone.text.contains(#""detail":"It is \"gone\".\u000a""#))
    }
    #expect(failures.elements == ["Oops /oops"])
  }

  @Test func `with errors as the application draws them`() async throws {
    try await withServer([Self.hello]) { application in
      application.renderError = { error, request in
        request?.header("accept") == "text/html"
          ? .html("<h1>\(error.code)</h1>", status: error.status) : nil
      }
    } _: { server in
      let page = try await server.get("/nothing", "Accept: text/html")
      let document = try await server.get("/nothing")
      let malformed = try await server.get("/%zz", "Accept: text/html")
      #expect(page.text == "<h1>not_found</h1>")
      #expect(document["Content-Type"] == "application/problem+json")
      #expect(malformed.status == 400)
    }
  }

  // MARK: Bodies

  @Test func `with a body in each of its shapes`() async throws {
    try await withServer([Self.echo]) { server in
      func post(_ type: String, _ body: String) async throws -> String {
        try await server.ask(
          TestServer.request("POST", "/echo", ["Content-Type: \(type)"], body: body)
        ).text
      }
      let json = try await post("application/json; charset=UTF-8", #"{"a":1}"#)
      let api = try await post("application/vnd.x+json", "[]")
      let form = try await post("application/x-www-form-urlencoded", "a=1")
      let none = try await post("text/plain", "")
      #expect(json == "\(InputValue.object([.init("a", .number("1"))]))")
      #expect(api == "\(InputValue.array([]))")
      #expect(form == "\(InputValue.object([.init("a", .string("1"))]))")
      #expect(none == "nothing")
    }
  }

  @Test(arguments: UInt64(1)...20)
  func `with a body in chunks, however they are cut`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    var rest = Array(#"{"key":"a value of some length"}"#.utf8)[...]
    var body = ""
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...9, using: &random))
      rest = rest.dropFirst(piece.count)
      body += "\(String(piece.count, radix: 16))\r\n\(String(decoding: piece, as: UTF8.self))\r\n"
    }
    let request = TestServer.request(
      "POST", "/echo", ["Content-Type: application/json", "Transfer-Encoding: chunked"])
    let bytes = Array((request + body + "0\r\n\r\n").utf8)
    let cut = Int.random(in: 0..<bytes.count, using: &random)
    try await withServer([Self.echo]) { server in
      let client = try server.client()
      let answer = try await onOwnThread {
        client.send(bytes[..<cut])
        client.send(bytes[cut...])
        return try client.answer()
      }
      #expect(
        answer.text
          == "\(InputValue.object([.init("key", .string("a value of some length"))]))")
    }
  }

  @Test(arguments: [
    ("text/plain", "x", 415), ("application/json; charset=latin1", "{}", 415), ("", "x", 415),
    ("application/json", "{", 400), ("multipart/form-data; boundary=x", "--x--", 415),
    ("application/x-www-form-urlencoded", "a=%", 400),
    ("application/json", String(repeating: " ", count: 101), 413),
  ])
  func `with a body that the route does not take`(
    type: String, body: String, status: Int
  ) async throws {
    try await withServer([Self.echo]) { server in
      let answer = try await server.ask(
        TestServer.request("POST", "/echo", ["Content-Type: \(type)"], body: body))
      #expect(answer.status == status)
    }
  }

  @Test func `with a compressed body, which nobody asked for`() async throws {
    try await withServer([Self.echo]) { server in
      let answer = try await server.ask(
        TestServer.request(
          "POST", "/echo", ["Content-Type: application/json", "Content-Encoding: gzip"], body: "x"))
      #expect(answer.status == 415)
    }
  }

  @Test func `whose chunks grow beyond the limit`() async throws {
    try await withServer([Self.echo]) { server in
      let answer = try await server.ask(
        TestServer.request(
          "POST", "/echo", ["Content-Type: application/json", "Transfer-Encoding: chunked"])
          + "c8\r\n\(String(repeating: " ", count: 200))\r\n0\r\n\r\n")
      #expect(answer.status == 413)
      #expect(answer["Connection"] == "close")
    }
  }

  @Test func `that ask before they send`() async throws {
    try await withServer([Self.echo]) { server in
      let fields = ["Content-Type: application/json", "Expect: 100-continue"]
      let client = try server.client()
      let answer = try await onOwnThread {
        client.send(TestServer.request("POST", "/echo", fields + ["Content-Length: 2"]))
        let first = String(decoding: try client.receive() ?? [], as: UTF8.self)
        #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("{}")
        return try client.answer()
      }
      #expect(answer.status == 200)
      let refused = try await server.ask(
        TestServer.request("POST", "/echo", fields + ["Content-Length: 200"]))
      #expect(refused.status == 413)
      let other = try await server.ask(
        TestServer.request("POST", "/echo", ["Expect: tea", "Content-Length: 2"]))
      #expect(other.status == 417)
    }
  }

  @Test func `with uploads, which wait on disk as long as the request lives`() async throws {
    let folder = try TemporaryFolder()
    let photo = String(repeating: "0123456789", count: 20_000)
    let upload = Route(
      .post, "/upload", limits: RouteLimits(deadline: .seconds(600), accepts: [.multipart])
    ) { request in
      guard case .object(let members) = request.body.input,
        case .file(let file) = members.first?.value
      else { throw HTTPError.notFound }
      await Task.yield()
      let content = try String(contentsOfFile: file.path, encoding: .utf8)
      return .text("\(folder.names.count) \(file.sizeInBytes) \(content == photo)")
    }
    try await withServer([upload]) {
      $0.uploadFolder = folder.path
    } _: { server in
      let body =
        "--b\r\nContent-Disposition: form-data; name=photo; filename=a.png\r\n\r\n\(photo)\r\n--b--"
      let answer = try await server.ask(
        TestServer.request(
          "POST", "/upload", ["Content-Type: multipart/form-data; boundary=b"], body: body))
      #expect(answer.text == "1 \(photo.count) true")
      // A connection's thread is done with one request before it looks at the next.
      let cut = try server.client()
      try await onOwnThread {
        cut.send(
          TestServer.request(
            "POST", "/upload",
            ["Content-Type: multipart/form-data; boundary=b", "Content-Length: 300000"])
            + body.prefix(90_000))
        cut.finishSending()
        _ = try cut.receiveAll()
      }
    }
    #expect(folder.names.isEmpty)
  }

  @Test func `unread where the route wants the bytes themselves`() async throws {
    let hook = Route(.post, "/hook", limits: RouteLimits(accepts: [.bytes])) { request in
      .text("\(request.body.bytes.count) \(request.body.input == nil)")
    }
    try await withServer([hook]) { server in
      let answer = try await server.ask(
        TestServer.request("POST", "/hook", ["Content-Type: application/json"], body: "{ }"))
      #expect(answer.text == "3 true")
    }
  }

  // MARK: Answers

  @Test func `for a file, whole and in part`() async throws {
    let folder = try TemporaryFolder()
    let content = String((0..<100_000).map { Character(String($0 % 10)) })
    let path = try folder.write(content, to: "file.txt")
    let route = Route(.get, "/file") { _ in try .file(at: path, type: "text/plain") }
    try await withServer([route]) { server in
      let whole = try await server.get("/file")
      let part = try await server.get("/file", "Range: bytes=10-19")
      let beyond = try await server.get("/file", "Range: bytes=100000-")
      #expect(whole.text == content)
      #expect(whole["Accept-Ranges"] == "bytes")
      #expect(part.status == 206)
      #expect(part.text == "0123456789")
      #expect(part["Content-Range"] == "bytes 10-19/100000")
      #expect(beyond.status == 416)
    }
  }

  @Test func `with the server's own fields on every answer, errors included`() async throws {
    try await withServer([Self.hello]) {
      $0.defaultHeaders = ["X-Frame-Options": "DENY", "Cache-Control": "no-cache"]
    } _: { server in
      let page = try await server.get("/hello")
      let missing = try await server.get("/nothing")
      let malformed = try await server.get("/%")
      #expect(page["X-Frame-Options"] == "DENY")
      #expect(page["Cache-Control"] == "no-cache")
      #expect(missing["X-Frame-Options"] == "DENY")
      #expect(missing["Cache-Control"] == "no-store")
      #expect(malformed["X-Frame-Options"] == "DENY")
    }
  }

  @Test func `with forwarded fields from trusted proxies only`() async throws {
    let who = Route(.get, "/who", on: .any) { request in
      .text("\(request.scheme) \(request.hostName) \(request.host)")
    }
    let fields = ["X-Forwarded-Proto: https", "X-Forwarded-Host: blue.example.com"]
    var trusting = TransportSettings.hurried
    trusting.trustedProxies = [AddressBlock("127.0.0.0/8")!]
    try await withServer([who], settings: trusting) { server in
      let answer = try await server.ask(TestServer.request("GET", "/who", fields))
      #expect(answer.text == "https blue.example.com subdomain(\"blue\")")
    }
    try await withServer([who]) { server in
      let answer = try await server.ask(TestServer.request("GET", "/who", fields))
      #expect(answer.text == "http localhost base")
    }
  }
}
