import HTTPClient
import Observability
import Transfers

/// Requests to one server, side by side.
struct HTTPJob: Decodable, Sendable {
  struct Report: Encodable, Sendable {
    var status = 0
    var usedHTTP2 = false
    var body = ""
    var failure: String?
    var outcome: String?
  }

  let urls: [String]
  let authorities: String?
  let method: String?
  let body: String?
  /// Whether strangers gave us the URLs.
  let untrusted: Bool?

  static func run(_ job: HTTPJob) async throws -> [Report] {
    var service = HTTPClient.Service("contract")
    service.authoritiesFile = job.authorities
    service.retries = .never
    service.maximumCalls = 1_000
    if job.untrusted == true {
      service.untrusted = UntrustedDestinations()
      service.untrusted?.allowsPlainHTTP = true
    }
    let client = HTTPClient(service, on: Transfers(), metrics: try Metrics())
    // The first one alone, so that the others find a connection.
    let first = await job.send(job.urls[0], by: client)
    return await withTaskGroup(of: (Int, Report).self) { group in
      for (index, url) in job.urls.enumerated().dropFirst() {
        group.addTask { (index, await job.send(url, by: client)) }
      }
      var reports = [first] + job.urls.dropFirst().map { _ in Report() }
      for await (index, report) in group { reports[index] = report }
      return reports
    }
  }

  private func send(_ url: String, by client: HTTPClient) async -> Report {
    var request = HTTPClient.Request(HTTPClient.Method(rawValue: method ?? "GET") ?? .get, url)
    request.body = body.map { .bytes(Array($0.utf8), type: "text/plain") }
    do throws(HTTPClientError) {
      let answer = try await client.send(request)
      return Report(
        status: answer.status, usedHTTP2: answer.usedHTTP2,
        body: String(decoding: answer.body, as: UTF8.self))
    } catch {
      return Report(failure: "\(error.reason)", outcome: "\(error.outcome)")
    }
  }
}
