import IPAddresses
package import Observability
import Synchronization
package import Transfers

/// Calls one outside service: with time-outs, bounds, safe retries and a circuit breaker, counted
/// and logged. Make one for each service at start; all share `Transfers`.
package final class HTTPClient: Sendable {
  package struct Service: Sendable {
    /// In metrics and log lines, such as `stripe`.
    package let name: String
    package var retries = RetryPolicy()
    /// Failures in a row after which the service is left alone for `restSeconds`; nil for a service
    /// that is many, such as the receivers of webhooks.
    package var failuresUntilRest: Int? = 5
    package var restSeconds = 15
    package var maximumCalls = 64
    /// Set where URLs come from strangers.
    package var untrusted: UntrustedDestinations?
    /// A PEM file that stands for the system's authorities.
    package var authoritiesFile: String?

    package init(_ name: String) { self.name = name }
  }

  private struct State: Sendable {
    var calls = 0
    var breaker: CircuitBreaker?
  }

  private let service: Service
  private let transfers: Transfers
  private let metrics: CallMetrics
  private let surroundings: Surroundings
  private let onCall: @Sendable (CallRecord) -> Void
  private let state: Mutex<State>

  /// - Parameters:
  ///   - metrics: Registered here, so clients are made at start, in the same order everywhere.
  ///   - onCall: Hears of every attempt, to keep it with the payment it belongs to.
  package convenience init(
    _ service: Service, on transfers: Transfers, metrics: Metrics,
    onCall: @escaping @Sendable (CallRecord) -> Void = { _ in }
  ) {
    self.init(
      service, on: transfers, metrics: metrics, onCall: onCall, surroundings: Surroundings())
  }

  init(
    _ service: Service, on transfers: Transfers, metrics: Metrics,
    onCall: @escaping @Sendable (CallRecord) -> Void, surroundings: Surroundings
  ) {
    self.service = service
    self.transfers = transfers
    self.metrics = CallMetrics(service: service.name, in: metrics)
    self.onCall = onCall
    self.surroundings = surroundings
    let limits = service.failuresUntilRest.map {
      CircuitBreaker.Limits(failures: $0, restSeconds: service.restSeconds)
    }
    state = Mutex(State(breaker: limits.map { CircuitBreaker($0) }))
  }

  /// - Returns: An answer of any status; what it means is the caller's to say.
  package func send(_ request: Request) async throws(HTTPClientError) -> Answer {
    try await send(request, to: .memory)
  }

  /// Writes the body of a 2xx answer to a file as it comes; that of any other answer is in memory.
  /// The file is there only when all of it has come. `maximumAnswerBytes` holds for both.
  package func download(
    _ request: Request, to path: String
  ) async throws(HTTPClientError) -> Answer {
    try await send(request, to: .file(path: path))
  }

  private func send(
    _ request: Request, to destination: TransferPlan.Destination
  ) async throws(HTTPClientError) -> Answer {
    let plan = try plan(request, destination)
    guard enter() else { throw HTTPClientError(reason: .tooManyCalls, outcome: .notReceived) }
    defer { state.withLock { $0.calls -= 1 } }
    var outcome = HTTPClientError.Outcome.notReceived
    var attempt = 1
    while true {
      let result = try await makeAttempt(attempt, request, plan, outcome)
      if result.requestBegan { outcome = .unknown }
      let pause = pause(after: result, attempt: attempt, request)
      if let pause, await surroundings.pause(pause) {
        attempt += 1
        continue
      }
      // The pause ended early because the task was cancelled.
      if pause != nil { throw HTTPClientError(reason: .cancelled, outcome: outcome) }
      guard let failure = result.failure else { return Answer(result) }
      throw HTTPClientError(
        reason: .init(failure), outcome: outcome, status: result.status > 0 ? result.status : nil)
    }
  }

  private func enter() -> Bool {
    state.withLock { state in
      guard state.calls < service.maximumCalls else { return false }
      state.calls += 1
      return true
    }
  }

  private func plan(
    _ request: Request, _ destination: TransferPlan.Destination
  ) throws(HTTPClientError) -> TransferPlan {
    let fields = request.allFields
    guard fields.allSatisfy(\.isWellFormed), TransferURL(request.url) != nil else {
      throw HTTPClientError(reason: .malformedRequest, outcome: .notReceived)
    }
    var plan = TransferPlan(
      url: request.url,
      exchange: .http(
        method: request.method.rawValue, headers: fields.map { "\($0.name): \($0.value)" }))
    switch request.body {
    case .bytes(let bytes, _): plan.content = .bytes(bytes)
    case .file(let path, _): plan.content = .file(path: path)
    // A length of zero is said aloud; without it some servers wait for a body.
    case nil: plan.content = [.post, .put, .patch].contains(request.method) ? .bytes([]) : nil
    }
    plan.destination = destination
    plan.timeouts = TransferTimeouts(
      connect: request.connectTimeout, total: request.totalTimeout, idle: request.idleTimeout)
    plan.maximumAnswerBytes = request.maximumAnswerBytes
    plan.authoritiesFile = service.authoritiesFile
    plan.knownAddresses = surroundings.knownAddresses
    plan.hasOwnConnection = !request.isRepeatable
    if let untrusted = service.untrusted {
      guard untrusted.permits(url: request.url) else {
        throw HTTPClientError(reason: .destinationRefused, outcome: .notReceived)
      }
      plan.allowsAddress = surroundings.allowsAddress ?? { untrusted.permits($0) }
      plan.hasOwnConnection = true
    }
    return plan
  }

  /// - Throws: When the circuit is open.
  private func makeAttempt(
    _ attempt: Int, _ request: Request, _ plan: TransferPlan, _ outcome: HTTPClientError.Outcome
  ) async throws(HTTPClientError) -> TransferResult {
    guard let pass = admit() else {
      throw HTTPClientError(reason: .circuitOpen, outcome: outcome)
    }
    let start = surroundings.now()
    let result = await transfers.run(plan)
    let end = surroundings.now()
    let isOpen = state.withLock { state in
      if let pass { state.breaker?.record(result.verdict, of: pass, at: end) }
      return state.breaker?.isOpen ?? false
    }
    let record = CallRecord(
      service: service.name, attempt: attempt, request, result, duration: end - start)
    metrics.count(record, isCircuitOpen: isOpen)
    record.log()
    onCall(record)
    return result
  }

  /// - Returns: Nil when the call must not be made; a pass, or none where there is no breaker.
  private func admit() -> CircuitBreaker.Pass?? {
    state.withLock { state in
      guard state.breaker != nil else { return .some(nil) }
      return state.breaker?.admit(at: surroundings.now()).map { .some($0) }
    }
  }

  private func pause(
    after result: TransferResult, attempt: Int, _ request: Request
  ) -> Duration? {
    guard request.isRepeatable else { return nil }
    let ending: RetryPolicy.Ending =
      result.failure.map { .failure(.init($0)) }
      ?? .answer(status: result.status, retryAfterSeconds: result.retryAfterSeconds)
    return service.retries.pause(
      after: ending, attempt: attempt, jitter: surroundings.random())
  }
}

/// Time and chance, and what tests put in the place of the internet.
struct Surroundings: Sendable {
  var now: @Sendable () -> ContinuousClock.Instant = { .now }
  /// From 0 to 1.
  var random: @Sendable () -> Double = { .random(in: 0...1) }
  /// Says whether it lasted to its end, rather than being cancelled.
  var pause: @Sendable (Duration) async -> Bool = { duration in
    do {
      try await Task.sleep(for: duration)
      return true
    } catch {
      return false
    }
  }
  var knownAddresses: [String] = []
  var allowsAddress: (@Sendable (IPAddress) -> Bool)?
}

extension TransferResult {
  /// What a circuit breaker learns: a service that answers, even to refuse, is there.
  fileprivate var verdict: CircuitBreaker.Verdict {
    guard let failure else { return status >= 500 ? .failure : .success }
    switch failure {
    case .nameNotFound, .notConnected, .tls, .timedOut, .broken: return .failure
    case .malformed, .addressRefused, .answerTooLarge, .loginRefused, .cancelled, .file, .other:
      return .neither
    }
  }
}

extension CallRecord {
  fileprivate init(
    service: String, attempt: Int, _ request: HTTPClient.Request, _ result: TransferResult,
    duration: Duration
  ) {
    let masking = Masking(secrets: request.secrets)
    let url = TransferURL(request.url)
    let answer = HTTPClient.Answer(result)
    self.service = service
    self.attempt = attempt
    self.duration = duration
    method = request.method.rawValue
    host = masking.text(url?.host ?? "")
    path = masking.text(url?.path ?? "")
    status = result.status > 0 ? result.status : nil
    failure = result.failure.map { .init($0) }
    requestFields = masking.fields(request.allFields)
    requestBody =
      switch request.body {
      case .bytes(let bytes, let type): masking.body(bytes, type: type)
      case .file: "a file"
      case nil: ""
      }
    answerFields = masking.fields(answer.fields)
    answerBody = masking.body(answer.body, type: answer.field("Content-Type"))
  }
}
