import Observability

/// What is counted of one service's calls.
struct CallMetrics: Sendable {
  let durations: Durations
  private let good: Counter
  private let refused: Counter
  private let bad: Counter
  private let failed: Counter
  private let repeated: Counter
  private let isOpen: Gauge

  init(service: String, in metrics: Metrics) {
    func calls(_ outcome: String) -> Counter {
      metrics.counter(
        "martlet_http_calls_total", help: "Calls of outside services, each attempt",
        labels: ["service": service, "outcome": outcome])
    }
    good = calls("success")
    refused = calls("client_error")
    bad = calls("server_error")
    failed = calls("no_answer")
    repeated = metrics.counter(
      "martlet_http_call_retries_total", help: "Attempts after the first",
      labels: ["service": service])
    isOpen = metrics.gauge(
      "martlet_http_circuit_open", help: "1 while a failing service is left alone",
      labels: ["service": service])
    durations = metrics.durations(
      "martlet_http_call_seconds", help: "From request to whole answer",
      labels: ["service": service])
  }

  func count(_ record: CallRecord, isCircuitOpen: Bool) {
    durations.record(nanoseconds: UInt64(max(0, record.duration / .nanoseconds(1))))
    if record.attempt > 1 { repeated.increment() }
    isOpen.set(isCircuitOpen ? 1 : 0)
    guard record.failure == nil, let status = record.status else { return failed.increment() }
    switch status {
    case ..<400: good.increment()
    case 400..<500: refused.increment()
    default: bad.increment()
    }
  }
}
