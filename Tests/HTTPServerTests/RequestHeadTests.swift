import IPAddresses
import Testing

@testable import HTTPServer

@Suite struct `The head of a request` {
  @Test func `keeps its fields in one buffer, found without regard to case`() throws {
    let head = try head(
      "GET", "/a%2Db?x=1&y=%20z", [("Accept-Language", "fa"), ("COOKIE", "a=1"), ("cookie", "b=2")])
    let request = Request(head: head)
    #expect(request.path == "/a-b")
    #expect(request.target == "/a%2Db?x=1&y=%20z")
    #expect(request.header("accept-language") == "fa")
    #expect(request.header("accept") == nil)
    #expect(request.headers("cookie") == ["a=1", "b=2"])
    #expect(request.cookie("b") == "2")
    #expect(request.query("y") == " z")
    #expect(request.query("z") == nil)
  }

  @Test(arguments: [
    "/%", "/%2", "/%zz", "/%00", "/a%2Fb", "/a%2fb", "/a%5Cb", "/a\\b", "/%FF", "/%C3%28",
    "/..", "/a/../b", "/a/%2e%2E/b", "/.", "/./a", "/a#b", "a", "", "?a", "http:/a", "ftp://h/",
    "/%0d%0aX", "/a?x=%00", "/a?x=%F", "/a?x=%FF", "*", "/a\u{7F}", "/\u{1}", "/%7F",
  ])
  func `refuses a target that can be read in two ways`(target: String) {
    #expect(throws: HTTPError.malformedTarget) { try head("GET", target) }
  }

  @Test(arguments: [
    ("/", "/"), ("/a.b/..c", "/a.b/..c"), ("/...", "/..."), ("/%7Euser", "/~user"),
    ("/caf%C3%A9", "/café"), ("/café", "/café"), ("/a?b=/../c", "/a"), ("/a?", "/a"),
    ("http://localhost/a?b", "/a"), ("HTTP://LOCALHOST/", "/"), ("/+", "/+"),
  ])
  func `takes a target that is merely unusual`(target: String, path: String) throws {
    #expect(Request(head: try head("GET", target)).path == path)
  }

  @Test(arguments: [
    [("Content-Length", "5"), ("Content-Length", "5")],
    [("Content-Length", "5"), ("content-length", "6")],
    [("Content-Length", "5, 5")], [("Content-Length", "+5")], [("Content-Length", "-1")],
    [("Content-Length", "0x5")], [("Content-Length", "")],
    [("Content-Length", "9223372036854775808")],
    [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
    [("Transfer-Encoding", "gzip")], [("Transfer-Encoding", "chunked, chunked")],
    [("Transfer-Encoding", "gzip, chunked")], [("Transfer-Encoding", "identity")],
    [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")],
    [("Transfer-Encoding", "\u{B}chunked")], [("Host", "other")], [("Host ", "localhost")],
    [("X Y", "1")], [("X(", "1")], [("", "1")], [("X", "a\u{0}b")], [("X", "a\rb")],
    [("X-\u{FC}", "1")],
  ])
  func `refuses fields that leave open where the request ends or goes`(
    fields: [(String, String)]
  ) {
    #expect(throws: HTTPError.malformedHeader) { try head("POST", "/", fields) }
  }

  @Test func `asks an HTTP-1-1 client for its host, and an older one for none`() throws {
    #expect(throws: HTTPError.missingHost) { try head("GET", "/", host: nil) }
    #expect(Request(head: try head("GET", "/", host: nil, isHTTP11: false)).hostName == "")
    #expect(throws: HTTPError.malformedHeader) {
      try head("POST", "/", [("Transfer-Encoding", "chunked")], isHTTP11: false)
    }
  }

  @Test(arguments: [
    "", "a b", "a,b", "a/b", "user@host", "a:b", "a:123456", "[::1", "[zz]", "ü.test", "a\"b",
    String(repeating: "a", count: 256),
  ])
  func `refuses a host that is none`(host: String) {
    #expect(throws: HTTPError.malformedHeader) { try head("GET", "/", host: host) }
  }

  @Test func `refuses two hosts that differ`() {
    #expect(throws: HTTPError.malformedHeader) { try head("GET", "http://other/") }
  }

  @Test(arguments: ["BREW", "get", "GET2", ""])
  func `does not know every method`(method: String) {
    #expect(throws: HTTPError.unknownMethod) { try head(method, "/") }
  }

  @Test func `refuses CONNECT and other expectations than 100-continue`() {
    #expect(throws: HTTPError.methodNotAllowed) { try head("CONNECT", "localhost:80") }
    #expect(throws: HTTPError.expectationFailed) { try head("PUT", "/", [("Expect", "202")]) }
  }

  @Test func `takes a sane request id and makes one otherwise`() throws {
    func id(_ given: String?) throws -> String {
      Request(head: try head("GET", "/", given.map { [("X-Request-Id", $0)] } ?? [])).id
    }
    #expect(try id("abc.DEF_1-2") == "abc.DEF_1-2")
    for refused in ["", "a b", "a;b", "é", String(repeating: "a", count: 65)] {
      #expect(try id(refused).count == 32)
      #expect(try id(refused) != refused)
    }
    let made = try (0..<1000).map { _ in try id(nil) }
    #expect(Set(made).count == 1000)
  }
}

@Suite struct `Forwarded fields` {
  private let fields = [
    ("X-Forwarded-For", "203.0.113.9, 198.51.100.7, 10.0.0.2"), ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "Shop.test"),
  ]
  private let proxies = [AddressBlock("10.0.0.0/8")!, AddressBlock("fd00::/8")!]

  @Test func `are believed when a trusted proxy sends them`() throws {
    let request = Request(head: try head("GET", "/", fields, peer: "10.0.0.1", proxies: proxies))
    #expect(request.scheme == "https")
    #expect(request.hostName == "shop.test")
    #expect(request.clientAddress.description == "198.51.100.7")
  }

  @Test func `are not read when anybody else sends them`() throws {
    let request = Request(head: try head("GET", "/", fields, peer: "192.0.2.1"))
    #expect(request.scheme == "http")
    #expect(request.hostName == "localhost")
    #expect(request.clientAddress.description == "192.0.2.1")
  }

  @Test func `stop being believed at what is no address`() throws {
    let request = Request(
      head: try head(
        "GET", "/", [("X-Forwarded-For", "1.2.3.4, unknown, 10.0.0.3")], peer: "10.0.0.1",
        proxies: proxies))
    #expect(request.clientAddress.description == "10.0.0.3")
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
    ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("127.0.0.1", "127.0.0.1", true),
    ("127.0.0.1", "127.0.0.2", false), ("fd00::/8", "fd12::1", true),
    ("fd00::/8", "fe80::1", false),
    ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false), ("::/0", "8.8.8.8", true),
  ])
  func `know which addresses are in a block`(block: String, address: String, isIn: Bool) throws {
    #expect(AddressBlock(block)!.contains(try #require(IPAddress(address))) == isIn)
  }

  @Test(arguments: ["10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1", "", "a", "10.0.0.0/"])
  func `refuse a block that is none`(block: String) { #expect(AddressBlock(block) == nil) }
}

@Suite struct `Cookies of a request` {
  private func cookie(_ name: String, _ field: String) throws -> String? {
    Request(head: try head("GET", "/", [("Cookie", field)])).cookie(name)
  }

  @Test func `are found by their whole name`() throws {
    let field = "session=abc; xsession=no;theme = dark ;empty=; quoted=\"a b\"; session=second"
    #expect(try cookie("session", field) == "abc")
    #expect(try cookie("theme", field) == "dark")
    #expect(try cookie("empty", field) == "")
    #expect(try cookie("quoted", field) == "a b")
    #expect(try cookie("ession", field) == nil)
    #expect(try cookie("x", "x") == nil)
    #expect(try cookie("x", "x=a=b") == "a=b")
  }
}
