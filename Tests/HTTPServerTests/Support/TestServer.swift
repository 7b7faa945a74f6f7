import Foundation
import IPAddresses

@testable import HTTPServer

/// A server on a port of its own for one test.
struct TestServer {
  let server: HTTPServer

  var port: UInt16 { server.port }

  func client() throws -> RawClient { try RawClient(port: port) }

  /// Sends one request on a connection of its own and reads the answer.
  func ask(_ request: String, isHead: Bool = false) async throws -> Answer {
    try await ask(Array(request.utf8), isHead: isHead)
  }

  func ask(_ request: [UInt8], isHead: Bool = false) async throws -> Answer {
    let client = try client()
    return try await onOwnThread {
      client.send(request)
      return try client.answer(isHead: isHead)
    }
  }

  func get(_ target: String, _ fields: String...) async throws -> Answer {
    try await ask(TestServer.request("GET", target, fields))
  }

  static func request(
    _ method: String, _ target: String, _ fields: [String] = [], body: String? = nil
  ) -> String {
    var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
  }
}

/// Serves the routes while `body` runs.
func withServer(
  _ routes: [Route], settings: TransportSettings = .hurried,
  configure: (inout Application) -> Void = { _ in },
  _ body: (TestServer) async throws -> Void
) async throws {
  var application = Application(router: Router(routes, baseHosts: ["localhost", "example.com"]))
  configure(&application)
  let server = try HTTPServer(
    application, listeningOn: .tcp(host: "127.0.0.1", port: 0), settings: settings)
  do {
    try await body(TestServer(server: server))
  } catch {
    await server.stop(within: .zero)
    throw error
  }
  await server.stop(within: .zero)
}

extension RouteLimits {
  /// For handlers that wait for their test, which may wait for its turn on a busy machine.
  static let patient = RouteLimits(deadline: .seconds(600))
}

extension TransportSettings {
  /// Looks at deadlines often, so that tests of them are quick, and has none near, so that the
  /// others are not hurt by them on a busy machine.
  static var hurried: TransportSettings {
    var settings = TransportSettings()
    settings.sweepInterval = .milliseconds(10)
    settings.headerDeadline = .seconds(600)
    settings.bodyGrace = .seconds(600)
    settings.writeWindow = .seconds(600)
    settings.idleTimeout = .seconds(600)
    return settings
  }
}

/// A folder that is removed with it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "http-server-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ content: String, to name: String) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(content.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }

  var names: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? []
  }
}

/// A gate that a handler waits at until the test opens it.
actor Gate {
  private var isOpen = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func wait() async {
    if isOpen { return }
    await withCheckedContinuation { waiting.append($0) }
  }

  func open() {
    isOpen = true
    for continuation in waiting { continuation.resume() }
    waiting = []
  }
}

struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

/// A request's head without a connection.
func head(
  _ method: String = "GET", _ target: String, _ fields: [(String, String)] = [],
  host: String? = "localhost", isHTTP11: Bool = true, peer: String = "192.0.2.1",
  proxies: [AddressBlock] = []
) throws -> RequestHead {
  var builder = RequestHeadBuilder(target: Array(target.utf8), capacity: 256)
  for (name, value) in (host.map { [("Host", $0)] } ?? []) + fields {
    Array(name.utf8).withUnsafeBufferPointer { name in
      Array(value.utf8).withUnsafeBufferPointer { builder.add(name: name, value: $0) }
    }
  }
  return try Array(method.utf8).withUnsafeBufferPointer {
    try builder.finish(
      method: $0, isHTTP11: isHTTP11, peer: IPAddress(peer)!, trustedProxies: proxies)
  }
}
