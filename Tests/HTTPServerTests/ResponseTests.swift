import Foundation
import Testing

@testable import HTTPServer

@Suite struct `Answers that depend on the request` {
  private let text = String(repeating: "Martlet ", count: 200)

  private func finish(
    _ response: Response, _ method: String = "GET", _ fields: (String, String)...
  ) throws -> Response {
    ResponseFinisher.finish(response, for: Request(head: try head(method, "/", fields)))
  }

  private func content(_ response: Response) -> [UInt8] {
    if case .bytes(let bytes) = response.body { bytes.bytes } else { [] }
  }

  // MARK: Conditional

  @Test func `are not sent again to whoever has them`() throws {
    let page = Response.text(text).tagged()
    let tag = try #require(page.entityTag)
    #expect(try finish(page).headers["ETag"] == tag)
    for held in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
      let answer = try finish(page, "GET", ("If-None-Match", held))
      #expect(answer.status == 304)
      #expect(answer.headers["ETag"] == tag)
      #expect(answer.headers["Vary"] == "Accept-Encoding")
      #expect(answer.headers["Content-Type"] == nil)
      #expect(answer.body.count == 0)
    }
    #expect(try finish(page, "GET", ("If-None-Match", "\"x\"")).status == 200)
    #expect(try finish(page, "POST", ("If-None-Match", tag)).status == 200)
    var failed = page
    failed.status = 404
    #expect(try finish(failed, "GET", ("If-None-Match", tag)).status == 404)
  }

  @Test func `have equal tags exactly for equal bytes`() {
    let tags = (0..<2000).map { ResponseBytes(String(repeating: "a", count: $0)).entityTag }
    #expect(Set(tags).count == tags.count)
    #expect(ResponseBytes("abc").entityTag == ResponseBytes("abc").entityTag)
    #expect(ResponseBytes("abcdefgh1").entityTag != ResponseBytes("abcdefgh2").entityTag)
    #expect(ResponseBytes("1bcdefghi").entityTag != ResponseBytes("2bcdefghi").entityTag)
    #expect(ResponseBytes("abc").entityTag.count == 34)
  }

  // MARK: Compression

  @Test func `are compressed for those who can read it`() throws {
    let page = Response.html(text).tagged()
    let plain = try finish(page)
    let packed = try finish(page, "GET", ("Accept-Encoding", "br, gzip"))
    #expect(plain.headers["Content-Encoding"] == nil)
    #expect(plain.headers["Vary"] == "Accept-Encoding")
    #expect(packed.headers["Content-Encoding"] == "gzip")
    #expect(packed.headers["Vary"] == "Accept-Encoding")
    #expect(try gunzip(content(packed)) == Array(text.utf8))
    let tag = try #require(packed.headers["ETag"])
    #expect(tag != plain.headers["ETag"])
    #expect(try finish(page, "GET", ("If-None-Match", tag)).status == 304)
  }

  private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let file = URL(fileURLWithPath: folder.path + "/a.gz")
    try Data(bytes).write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let unpacked = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(unpacked)
  }

  @Test(arguments: [
    ("gzip", true), ("GZIP", true), ("x-gzip", true), ("*", true), ("gzip;q=0.1", true),
    ("gzip; q=1.000", true), ("gzip;q=0", false), ("gzip;q=0.000", false), ("*;q=0", false),
    ("identity", false), ("br", false), ("gzip;q=0, *", false), ("*;q=0, gzip", true),
    ("identity;q=1, gzip;q=0.5", false), ("gzip;q=0.5, identity;q=0.5", true), ("", false),
    ("gzip;q=x", false), ("gzip;q=2", false), ("gzip;q=0.5555", false), (",,;", false),
  ])
  func `weigh what the client can read`(field: String, isAccepted: Bool) {
    #expect(Gzip.isAccepted(Array(field.utf8)[...]) == isAccepted)
  }

  @Test func `stay as they are when compression would be wrong or no gain`() throws {
    let gzip = ("Accept-Encoding", "gzip")
    var encoded = Response.text(text)
    encoded.headers.append("Content-Encoding", "br")
    let noise = (0..<2000).map { _ in UInt8.random(in: 0...255) }
    var secret = Response.text(text)
    secret.mayBeCompressed = false
    for response in [
      .text("short"), .bytes(ResponseBytes(text), type: "image/png"), encoded, secret,
      .bytes(ResponseBytes(noise), type: "text/plain"),
    ] {
      #expect(try finish(response, "GET", gzip).headers["Content-Encoding"] != "gzip")
    }
    #expect(try finish(.text("short"), "GET", gzip).headers["Vary"] == nil)
  }

  // MARK: Ranges

  @Test(arguments: [
    ("bytes=0-0", ByteRange.part(0..<1)), ("bytes=0-9", .part(0..<10)), ("bytes=5-", .part(5..<10)),
    ("bytes=-3", .part(7..<10)), ("bytes=-30", .part(0..<10)), ("bytes=3-300", .part(3..<10)),
    ("BYTES=1-1", .part(1..<2)), ("bytes=9-9", .part(9..<10)), ("bytes=10-", .unsatisfiable),
    ("bytes=-0", .unsatisfiable), ("bytes=99999999999999999999-", .unsatisfiable),
    ("bytes=0-99999999999999999999", .part(0..<10)),
    ("bytes=-99999999999999999999", .part(0..<10)), ("bytes=5-4", .whole),
    ("bytes=0-1,3-4", .whole), ("items=0-1", .whole), ("bytes=", .whole), ("bytes=-", .whole),
    ("bytes=a-b", .whole), ("bytes=1", .whole), ("bytes=--1", .whole),
  ])
  func `are a part where a part is asked for`(field: String, range: ByteRange) {
    #expect(ByteRange(Array(field.utf8)[...], of: 10) == range)
  }

  @Test func `are a part of nothing when the file is empty`() {
    #expect(ByteRange(Array("bytes=0-".utf8)[...], of: 0) == .unsatisfiable)
    #expect(ByteRange(Array("bytes=-1".utf8)[...], of: 0) == .unsatisfiable)
  }

  @Test func `are the whole file again when it is no longer the one the client knows`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("0123456789", to: "file.txt")
    let file = try Response.file(at: path, type: "text/plain")
    let date = try #require(file.headers["Last-Modified"])
    let range = ("Range", "bytes=2-3")
    #expect(try finish(file, "GET", range).status == 206)
    #expect(try finish(file, "GET", range).headers["Content-Range"] == "bytes 2-3/10")
    #expect(try finish(file, "GET", range, ("If-Range", date)).status == 206)
    #expect(try finish(file, "GET", range, ("If-Range", "\"tag\"")).status == 200)
    #expect(
      try finish(file, "GET", range, ("If-Range", "Sun, 06 Nov 1994 08:49:37 GMT")).status == 200)
    #expect(try finish(file, "GET", ("Range", "bytes=10-")).status == 416)
    #expect(
      try finish(file, "GET", ("Range", "bytes=10-")).headers["Content-Range"] == "bytes */10")
    #expect(try finish(file, "GET", ("If-Modified-Since", date)).status == 304)
    #expect(
      try finish(file, "GET", ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")).status == 200)
    #expect(
      try finish(file, "GET", ("If-Modified-Since", date), ("If-None-Match", "\"x\"")).status == 200
    )
  }

  @Test func `are not made of folders, devices or what is not there`() {
    for path in ["/tmp", "/dev/null", "/nowhere/at/all"] {
      #expect(throws: HTTPError.notFound) { try Response.file(at: path, type: "text/plain") }
    }
  }
}

@Suite struct `Fields of an answer` {
  @Test func `cannot be ended early by a value`() {
    var headers = HeaderList()
    headers.append("Location", "/a\r\nSet-Cookie: b=c\u{0}\u{1}")
    headers.append("Empty", "")
    #expect(headers["location"] == "/a  Set-Cookie: b=c  ")
    #expect(!headers.contains("Empty"))
  }

  @Test func `are set, added and removed by name`() {
    var headers: HeaderList = ["A": "1", "b": "2"]
    headers.append("a", "3")
    headers.set("B", "4")
    #expect(headers["a"] == "1")
    #expect(headers["b"] == "4")
    headers.remove("A")
    #expect(!headers.contains("a"))
    #expect(headers == ["B": "4"])
  }

  @Test func `come from the server's own unless the answer has them`() {
    let defaults = DefaultHeaders(["X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"])
    var headers: HeaderList = ["x-frame-options": "SAMEORIGIN"]
    defaults.complete(&headers)
    #expect(headers == ["x-frame-options": "SAMEORIGIN", "Referrer-Policy": "no-referrer"])
    var none = HeaderList()
    defaults.complete(&none)
    #expect(none == ["X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"])
  }
}

@Suite struct `Cookies of an answer` {
  @Test func `are closed to scripts and plain connections unless said otherwise`() throws {
    var cookie = try #require(SetCookie("session", "abc"))
    #expect(cookie.headerValue == "session=abc; Path=/; HttpOnly; Secure; SameSite=Lax")
    cookie.isHTTPOnly = false
    cookie.isSecure = false
    cookie.sameSite = .none
    cookie.isPartitioned = true
    cookie.domain = "example.com"
    cookie.path = "/a"
    cookie.maximumAge = .seconds(90)
    #expect(
      cookie.headerValue
        == "session=abc; Path=/a; Domain=example.com; Max-Age=90; SameSite=None; Partitioned")
    #expect(try #require(SetCookie.removal(of: "a")).headerValue.contains("; Max-Age=0"))
  }

  @Test(arguments: [
    ("", "a"), ("a b", "c"), ("a", "b;c"), ("a", "b,c"), ("a", "b c"), ("a", "\"b\""), ("a", "é"),
    ("a", "b\r\n"), ("a=", "b"), ("a", "b\\"),
  ])
  func `refuse a name or value that would end them early`(name: String, value: String) {
    #expect(SetCookie(name, value) == nil)
  }
}

@Suite struct `Dates` {
  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
  ])
  func `are written as HTTP writes them`(seconds: Int, text: String) {
    #expect(HTTPDate.text(seconds) == text)
    #expect(HTTPDate.seconds(text) == seconds)
  }

  @Test(arguments: UInt64(1)...50)
  func `are read back`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let seconds = Int.random(in: 0...8_000_000_000, using: &random)
    #expect(HTTPDate.seconds(HTTPDate.text(seconds)) == seconds)
  }

  @Test(arguments: ["", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 99 Nov 1994 08:49:37 GMT"])
  func `are nothing when they are none`(text: String) { #expect(HTTPDate.seconds(text) == nil) }
}

@Suite struct `Server-sent events` {
  @Test func `cannot be forged by what they carry`() {
    let event = ServerSentEvent(data: "a\nb\r\ndata: c\rd", name: "x\nid: 1", id: "2\n")
    #expect(
      String(decoding: event.bytes, as: UTF8.self)
        == "event: x id: 1\nid: 2 \ndata: a\ndata: b\ndata: data: c\ndata: d\n\n")
  }
}
