import Foundation
import Testing

@testable import HTTPServer

@Suite struct `Answers that are made while they are sent` {
  @Test func `arrive whole, whatever their pieces`() async throws {
    let route = Route(.get, "/numbers") { _ in
      .stream(type: "text/plain") { writer in
        for n in 0..<20_000 { try await writer.write("\(n)\n") }
      }
    }
    try await withServer([route]) { server in
      let answer = try await server.get("/numbers")
      #expect(answer["Transfer-Encoding"] == "chunked")
      #expect(answer.text == (0..<20_000).map { "\($0)\n" }.joined())
    }
  }

  @Test func `wait for a client that reads slowly`() async throws {
    let written = Recorder<Int>()
    let piece = [UInt8](repeating: 120, count: 64 << 10)
    let route = Route(.get, "/much") { _ in
      .stream(type: "text/plain") { writer in
        for n in 0..<400 {
          try await writer.write(piece)
          written.record(n)
        }
      }
    }
    try await withServer([route]) { server in
      let client = try RawClient(port: server.port, receiveBuffer: 4096)
      let answer = try await onOwnThread {
        client.send(TestServer.request("GET", "/much"))
        _ = try client.receive(atMost: 1)
        return true
      }
      #expect(answer)
      _ = await written.first(1)
      // 25 MB do not fit between the two; whoever wrote them all would have waited for nobody.
      #expect(written.elements.count < 400)
    }
  }

  @Test func `end with the connection when they fail`() async throws {
    struct Oops: Error {}
    let route = Route(.get, "/oops") { _ in
      .stream(type: "text/plain") { writer in
        try await writer.write("beginning")
        throw Oops()
      }
    }
    try await withServer([route]) { server in
      let client = try server.client()
      let all = try await onOwnThread {
        client.send(TestServer.request("GET", "/oops"))
        return String(decoding: try client.receiveAll(), as: UTF8.self)
      }
      #expect(!all.hasSuffix("0\r\n\r\n"))
    }
  }

  @Test func `are not made for HEAD`() async throws {
    let made = Recorder<Bool>()
    let route = Route(.get, "/numbers") { _ in
      .stream(type: "text/plain") { _ in made.record(true) }
    }
    try await withServer([route]) { server in
      let answer = try await server.ask(TestServer.request("HEAD", "/numbers"), isHead: true)
      #expect(answer.status == 200)
    }
    #expect(made.elements.isEmpty)
  }
}

@Suite struct `Server-sent events on the wire` {
  @Test func `arrive one by one`() async throws {
    let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
    let route = Route(.get, "/events") { _ in .events(events, heartbeat: .seconds(600)) }
    try await withServer([route]) { server in
      let client = try server.client()
      let head = try await onOwnThread {
        client.send(TestServer.request("GET", "/events", ["Accept-Encoding: gzip"]))
        return String(decoding: try client.receive() ?? [], as: UTF8.self)
      }
      #expect(head.contains("Content-Type: text/event-stream\r\n"))
      #expect(!head.contains("Content-Encoding"))
      for n in 0..<3 {
        source.yield(ServerSentEvent(data: "\(n)"))
        let chunk = try await onOwnThread { String(decoding: try client.receive()!, as: UTF8.self) }
        #expect(chunk.contains("data: \(n)\n\n"))
      }
      source.finish()
      let end = try await onOwnThread { try client.receive() }
      #expect(end.map { String(decoding: $0, as: UTF8.self) } == "0\r\n\r\n")
    }
  }

  @Test func `beat when nothing happens, and stop when nobody listens`() async throws {
    let ended = Recorder<Bool>()
    let route = Route(.get, "/events") { _ in
      let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
      source.onTermination = { _ in ended.record(true) }
      return .events(events, heartbeat: .milliseconds(20))
    }
    try await withServer([route]) { server in
      let client = try server.client()
      try await onOwnThread {
        client.send(TestServer.request("GET", "/events"))
        var heard = ""
        while heard.components(separatedBy: ":\n\n").count < 4 {
          heard += String(decoding: try client.receive()!, as: UTF8.self)
        }
      }
      #expect(ended.elements.isEmpty)
      client.hangUp()
      _ = await ended.first(1)
    }
  }
}
