import FoundationEssentials
import Glibc
import HTML
import HTTPServer
import PostgreSQL
import Wiring

/// Routes under `/probe/`: the smallest answers of each kind, and ways to break a process.
enum ProbeRoutes {
  @Sendable static func all(_ parts: WebProcess.Parts) -> [Route] {
    #if DEBUG
      return plain(parts) + ProbeSecrets.routes(parts)
    #else
      return plain(parts)
    #endif
  }

  private static func plain(_ parts: WebProcess.Parts) -> [Route] {
    let kilobyte = ResponseBytes(String(repeating: "martlet ", count: 128))
    return [
      ProbeEffect.route(of: parts),
      Route(.get, "/probe/plain") { _ in .bytes(kilobyte, type: "text/plain; charset=utf-8") },
      Route(.get, "/probe/query") { request in
        let id = request.query("id").flatMap { Int($0) } ?? Int.random(in: 1...BenchDatabase.rows)
        return try await query(parts.pool, id: id)
      },
      Route(.get, "/probe/row") { _ in try await row(parts.pool) },
      Route(.get, "/probe/echo") { request in .text(request.query("text") ?? "") },
      Route(.get, "/probe/large") { _ in
        // More than the kernel holds for a client that does not read.
        .bytes(ResponseBytes([UInt8](repeating: 0x20, count: 16 << 20)), type: "text/plain")
      },
      // Any file that is there on every machine.
      Route(.get, "/probe/file") { _ in try .file(at: "/etc/os-release", type: "text/plain") },
      Route(.post, "/probe/body", limits: wide) { _ in .text("taken") },
      Route(.get, "/probe/seen") { request in .text(seen(request)) },
      Route(.post, "/probe/seen") { request in .text(seen(request)) },
      Route(.get, "/probe/process") { _ in .text("\(getpid())") },
      Route(.get, "/probe/slow") { request in
        try await Task.sleep(
          for: .milliseconds(request.query("milliseconds").flatMap { Int($0) } ?? 0))
        return .text("\(getpid())")
      },
      Route(.post, "/probe/trap") { _ in
        // What a bug of ours looks like: an index that is not there.
        let nothing: [Int] = []
        return .text("\(nothing[Int(getpid())])")
      },
    ]
  }

  /// What came through of a request, for comparison with the bytes that were sent.
  private static func seen(_ request: Request) -> String {
    let fields = request.headers("x-seen").map { "[\($0)]" }.joined()
    return "\(request.target) \(fields) \(String(decoding: request.body.bytes, as: UTF8.self))"
  }

  /// So wide that a body meets the limits of its parser first.
  private static let wide = RouteLimits(
    maximumBodyBytes: 32 << 20, accepts: [.json, .form, .multipart])

  /// One row of a shop, in its scope: BEGIN, role, shop, SELECT and COMMIT in one round trip.
  private static func query(_ pool: Pool, id: Int) async throws -> Response {
    let items = try await pool.run(
      BenchItem.find(id), as: BenchDatabase.scope, options: .readOnly)
    return .html(
      items.map { item in
        let html: HTML = """
          <!doctype html><title>\(item.name)</title><h1>\(item.name)</h1>
          <p>\(String(item.priceMinor)), no. \(String(item.id))</p>
          """
        return html.text
      }.joined())
  }

  /// The same row without a scope, as the login itself.
  private static func row(_ pool: Pool) async throws -> Response {
    let id = Int.random(in: 1...BenchDatabase.rows)
    let items = try await pool.run(
      BenchItem.find(id), as: .login, options: .retryingConflicts)
    return .text(items.first?.name ?? "")
  }
}
