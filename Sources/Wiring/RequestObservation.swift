import HTTPServer
import Observability

/// Counts and times every request by its route, and logs the failed and the slow.
struct RequestObservation: Sendable {
  private struct Series {
    /// By hundreds: 1xx to 5xx.
    let counters: [Counter]
    let durations: Durations

    init(route: String, metrics: Metrics) {
      counters = (1...5).map { hundred in
        metrics.counter(
          "http_requests_total", help: "Requests answered.",
          labels: ["route": route, "status": "\(hundred)xx"])
      }
      durations = metrics.durations(
        "http_request_seconds", help: "From the request line to the last byte sent.",
        labels: ["route": route])
    }
  }

  private static let slow: Int64 = 1_000_000_000

  private let byRoute: [ObjectIdentifier: Series]
  private let unknown: Series
  private let logsEveryRequest: Bool

  init(routes: [Route], metrics: Metrics, logsEveryRequest: Bool) {
    byRoute = Dictionary(
      uniqueKeysWithValues: routes.map {
        (ObjectIdentifier($0), Series(route: "\($0.method.rawValue) \($0.name)", metrics: metrics))
      })
    unknown = Series(route: "none", metrics: metrics)
    self.logsEveryRequest = logsEveryRequest
  }

  func finished(_ request: Request, _ outcome: RequestOutcome) {
    let series = request.route.flatMap { byRoute[ObjectIdentifier($0)] } ?? unknown
    series.counters[min(max(outcome.status / 100, 1), 5) - 1].increment()
    series.durations.record(nanoseconds: UInt64(max(0, outcome.durationNanoseconds)))
    guard logsEveryRequest || outcome.status >= 500 || outcome.durationNanoseconds > Self.slow
    else { return }
    log(request, outcome)
  }

  private func log(_ request: Request, _ outcome: RequestOutcome) {
    Log.$context.withValue(Log.Context(requestID: request.id)) {
      Log.info(
        "request.finished",
        [
          "method": .string(request.method.rawValue),
          "route": .string(request.route?.name ?? "none"), "status": .integer(outcome.status),
          "microseconds": .integer(Int(outcome.durationNanoseconds / 1_000)),
          "bytes": .integer(outcome.bodyBytes), "whole": .boolean(outcome.isComplete),
        ])
    }
  }
}
