import Access
import FoundationEssentials
package import HTTPServer

/// Pages of other sites that may read a shop's API: those that the shop lists.
/// Source: the Fetch standard, section 3.2, CORS protocol.
enum CrossOrigin {
  /// An origin as browsers send it: scheme, host and a port that is not the scheme's own.
  static func origin(_ text: String) -> String? {
    let text = text.lowercased()
    guard text.utf8.count <= 300,
      let scheme = ["https", "http"].first(where: { text.hasPrefix("\($0)://") })
    else { return nil }
    let authority = text.dropFirst(scheme.count + 3)
    let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard isHost(parts[0]) else { return nil }
    guard parts.count == 2 else { return "\(scheme)://\(parts[0])" }
    guard let port = Int(parts[1]), (1...65_535).contains(port), "\(port)" == parts[1] else {
      return nil
    }
    let isUsual = port == (scheme == "https" ? 443 : 80)
    return isUsual ? "\(scheme)://\(parts[0])" : "\(scheme)://\(parts[0]):\(port)"
  }

  private static func isHost(_ host: Substring) -> Bool {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    return host.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
          && label.utf8.allSatisfy { Character(UnicodeScalar($0)).isASCIIWordOrHyphen }
      }
  }

  /// Fields of the answer to a request of the API on a shop's own host.
  /// - Parameter origins: Those that the shop lists.
  static func fields(for origin: String?, among origins: [String]) -> HeaderList {
    var fields: HeaderList = ["Vary": "Origin"]
    guard let origin, origins.contains(origin) else { return fields }
    fields.append("Access-Control-Allow-Origin", origin)
    fields.append("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")
    return fields
  }

  /// What a browser asks before it sends more than a simple request.
  static func preflight(for path: String, of shops: Shops) -> Route {
    Route(.options, path, on: .subdomain) { request in
      let shop = try await shops.visitor.granted(to: request, on: .api)
      var response = Response(
        status: 204, headers: fields(for: request.header("origin"), among: shop.row.corsOrigins))
      guard response.headers["access-control-allow-origin"] != nil else { return response }
      response.headers.append("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
      response.headers.append(
        "Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match")
      response.headers.append("Access-Control-Max-Age", "600")
      return response
    }
  }
}

extension Shops {
  /// Lets the pages that a shop lists read what its API answers, refusals too.
  package func crossOrigin(
    _ request: Request, _ handle: () async throws -> Response,
    refusal: (any Error) -> HTTPError
  ) async throws -> Response {
    guard case .subdomain(let slug) = request.host, request.method != .options,
      request.path.hasPrefix("/api/"), let origin = request.header("origin")
    else { return try await handle() }
    do {
      var response = try await handle()
      let origins = try await directory.shop(named: slug, at: now)?.row.corsOrigins ?? []
      response.headers.append(contentsOf: CrossOrigin.fields(for: origin, among: origins))
      return response
    } catch {
      let origins = directory.known(slug)?.row.corsOrigins ?? []
      let refused = error as? HTTPError ?? refusal(error)
      var headers = refused.headers
      headers.append(contentsOf: CrossOrigin.fields(for: origin, among: origins))
      throw HTTPError(
        status: refused.status, code: refused.code, detail: refused.detail, headers: headers,
        fields: refused.fields)
    }
  }
}

extension Character {
  fileprivate var isASCIIWordOrHyphen: Bool {
    isASCII && (isLetter || isNumber) || self == "-"
  }
}
