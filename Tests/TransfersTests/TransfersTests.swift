import Foundation
import IPAddresses
import NetworkFaults
import Testing

@testable import Transfers

private func get(_ port: UInt16, _ change: (inout TransferPlan) -> Void = { _ in }) -> TransferPlan
{
  var plan = TransferPlan(
    url: "http://127.0.0.1:\(port)/", exchange: .http(method: "GET", headers: []))
  change(&plan)
  return plan
}

private func post(_ port: UInt16, _ text: String) -> TransferPlan {
  get(port) {
    $0.exchange = .http(method: "POST", headers: [])
    $0.content = .bytes(Array(text.utf8))
  }
}

@Suite struct `Transfers over HTTP` {
  let transfers = Transfers()

  @Test func `bring back status, fields and body`() async throws {
    let server = try ScriptedServer { _ in .answer(201, "made", fields: "X-Thing: seven") }
    let result = await transfers.run(post(server.port, "make it"))
    #expect(result.failure == nil)
    #expect(result.status == 201)
    #expect(result.headerLines.contains("X-Thing: seven"))
    #expect(String(decoding: result.body, as: UTF8.self) == "made")
    #expect(server.requests.map(\.body) == [Array("make it".utf8)])
  }

  @Test func `use one connection for one after another`() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    for _ in 0..<3 { #expect(await transfers.run(get(server.port)).failure == nil) }
    #expect(server.connectionCount == 1)
  }

  @Test func `run side by side`() async throws {
    let server = try ScriptedServer { .answer(200, $0.line) }
    let bodies = await withTaskGroup(of: String.self) { group in
      for number in 0..<50 {
        group.addTask { [transfers] in
          let plan = get(server.port) { $0.url += "\(number)" }
          return String(decoding: await transfers.run(plan).body, as: UTF8.self)
        }
      }
      return await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(bodies == Set((0..<50).map { "GET /\($0) HTTP/1.1" }))
  }

  @Test func `end with their connection when the task is cancelled`() async throws {
    let server = try ScriptedServer { _ in .silence }
    let task = Task { [transfers] in await transfers.run(get(server.port)) }
    await server.received(1)
    task.cancel()
    let result = await task.value
    #expect(result.failure == .cancelled)
    #expect(result.requestBegan)
    await server.clientGone()
  }

  @Test func `end when the task was cancelled before`() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    let task = Task { [transfers] in
      while !Task.isCancelled { await Task.yield() }
      return await transfers.run(get(server.port))
    }
    task.cancel()
    #expect(await task.value.failure == .cancelled)
    #expect(server.requests.isEmpty)
  }

  @Test func `end when nobody holds the tool any more`() async throws {
    let server = try ScriptedServer { _ in .silence }
    var transfers: Transfers? = Transfers()
    let loop = Mirror(reflecting: transfers!).children.first { $0.label == "loop" }?.value
    let held = try #require(loop as? TransferLoop)
    let task = Task {
      await withCheckedContinuation {
        held.add(get(server.port), ticket: TransferTicket(), answer: $0)
      }
    }
    await server.received(1)
    transfers = nil
    #expect(await task.value.failure == .cancelled)
  }

  @Test func `tell a refused connection from one that broke`() async throws {
    let port = try ScriptedServer { _ in .close }.port
    let refused = await transfers.run(get(port))
    #expect(refused.failure == .notConnected)
    #expect(!refused.requestBegan)

    let server = try ScriptedServer { _ in .reset }
    let broken = await transfers.run(get(server.port))
    #expect(broken.failure == .broken)
    #expect(broken.requestBegan)
  }

  @Test func `end when an answer takes too long`() async throws {
    let server = try ScriptedServer { _ in .silence }
    let result = await transfers.run(
      get(server.port) { $0.timeouts.total = .milliseconds(50) })
    #expect(result.failure == .timedOut)
    #expect(result.requestBegan)
  }

  @Test func `end when nothing moves for the idle time`() async throws {
    let server = try ScriptedServer { _ in .silence }
    let result = await transfers.run(get(server.port) { $0.timeouts.idle = .seconds(1) })
    #expect(result.failure == .timedOut)
  }

  @Test func `refuse an answer as soon as it is too large`() async throws {
    // The rest of the million never comes, and nobody waits for it.
    let server = try ScriptedServer { _ in
      .answer("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n0123456789")
    }
    let result = await transfers.run(get(server.port) { $0.maximumAnswerBytes = 9 })
    #expect(result.failure == .answerTooLarge)
    #expect(result.status == 200)
    await server.clientGone()
  }

  @Test func `refuse endless header lines`() async throws {
    let line = "X-Filler: " + String(repeating: "x", count: 1_000) + "\r\n"
    let server = try ScriptedServer { _ in
      .answer("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 100))
    }
    #expect(await transfers.run(get(server.port)).failure == .answerTooLarge)
  }

  @Test func `do not follow redirects`() async throws {
    let server = try ScriptedServer { _ in .answer(302, fields: "Location: /elsewhere") }
    #expect(await transfers.run(get(server.port)).status == 302)
    #expect(server.requests.count == 1)
  }

  @Test(arguments: ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "not a url"])
  func `speak HTTP only`(url: String) async {
    let result = await transfers.run(
      TransferPlan(url: url, exchange: .http(method: "GET", headers: [])))
    #expect(result.failure == .malformed)
  }

  @Test func `understand both forms of Retry-After`() async throws {
    let date = "Fri, 31 Dec 2100 23:59:59 GMT"
    let server = try ScriptedServer { request in
      .answer(503, fields: "Retry-After: \(request.number == 0 ? "120" : date)")
    }
    #expect(await transfers.run(get(server.port)).retryAfterSeconds == 120)
    #expect(try #require(await transfers.run(get(server.port)).retryAfterSeconds) > 1_000_000)
  }

  @Test func `send a request once where the connection of an earlier one is dead`() async throws {
    // The second request is read and answered by the end of the connection: a server that died in
    // the midst of its work.
    let server = try ScriptedServer { $0.number == 0 ? .answer(200) : .close }
    #expect(await transfers.run(get(server.port)).failure == nil)
    var plan = post(server.port, "pay")
    plan.hasOwnConnection = true
    let result = await transfers.run(plan)
    #expect(result.failure == .broken)
    #expect(result.requestBegan)
    #expect(server.requests.filter { $0.body == Array("pay".utf8) }.count == 1)
  }
}

@Suite struct `Files in transfers` {
  let transfers = Transfers()
  let folder = NSTemporaryDirectory() + "transfers-tests-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  @Test func `are sent from the disk`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let content = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
    try Data(content).write(to: URL(fileURLWithPath: folder + "/sent"))
    let server = try ScriptedServer { _ in .answer(200) }
    var plan = get(server.port) { $0.exchange = .http(method: "PUT", headers: []) }
    plan.content = .file(path: folder + "/sent")
    #expect(await transfers.run(plan).failure == nil)
    #expect(server.requests.map { $0.body == content } == [true])
  }

  @Test func `are written as the answer comes`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = String(repeating: "0123456789", count: 30_000)
    let server = try ScriptedServer { _ in .answer(200, text) }
    let path = folder + "/received"
    let result = await transfers.run(get(server.port) { $0.destination = .file(path: path) })
    #expect(result.failure == nil)
    #expect(result.body.isEmpty)
    #expect(result.bodySize == text.utf8.count)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  @Test func `hold no error page and no half of an answer`() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let server = try ScriptedServer { request in
      request.number == 0
        ? .answer(404, "none") : .lastAnswer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour")
    }
    let path = folder + "/received"
    let plan = get(server.port) { $0.destination = .file(path: path) }
    let missing = await transfers.run(plan)
    #expect(String(decoding: missing.body, as: UTF8.self) == "none")
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(await transfers.run(plan).failure == .broken)
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
