import CPQ
import Glibc
import Processes

/// One libpq connection and the messages on it. Blocks; belongs to one thread at a time.
///
/// Every wait ends: by an answer, by the deadline, by an interruption, or by the connection's end.
/// A wire with an answer still outstanding is unfit and must be closed.
final class Wire {
  /// A statement on its way.
  struct Message {
    enum Form {
      /// Parsed anew each time: text that is rarely the same twice.
      case unprepared
      /// Prepared once for the role it runs as: a plan made for one role is made anew for another.
      case prepared(role: String)
    }
    let sql: SQL
    let form: Form
    /// False for statements of which only an error matters.
    let wantsResult: Bool
  }

  let handle: OpaquePointer
  private let interruption: Interruption
  private var statements = PreparedStatements()
  /// True from the first byte sent until the last answer is read.
  private(set) var isExpectingAnswer = false
  private var isBroken = false
  private var patience = Patience(deadline: .now)
  /// Reused for each wait: the server's socket, then the interruption.
  private let pollEntries = UnsafeMutablePointer<pollfd>.allocate(capacity: 2)

  /// - Parameters:
  ///   - connectionString: libpq's `key=value` form or a `postgresql://` URL.
  ///   - deadline: Until when to try.
  init(
    connectionString: String, applicationName: String, deadline: ContinuousClock.Instant,
    interruption: Interruption
  ) throws(PostgreSQLError) {
    handle = try Self.connected(
      to: connectionString, applicationName: applicationName, deadline: deadline)
    self.interruption = interruption
    PQsetnonblocking(handle, 1)
    // Notices are hints for a person at a terminal; there is none.
    PQsetNoticeProcessor(handle, { @Sendable _, _ in }, nil)
    pollEntries.initialize(repeating: pollfd(), count: 2)
    pollEntries[0].fd = PQsocket(handle)
    pollEntries[1] = pollfd(fd: interruption.descriptor, events: Int16(POLLIN), revents: 0)
    guard PQenterPipelineMode(handle) == 1 else { throw .unavailable(reason: "no pipeline mode") }
  }

  deinit {
    PQfinish(handle)
    pollEntries.deallocate()
  }

  /// May be given to the next user: nothing outstanding, no transaction open, still connected.
  var isFit: Bool {
    !isBroken && !isExpectingAnswer && PQtransactionStatus(handle) == PQTRANS_IDLE
  }

  var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

  /// Looks, without waiting, whether the server closed an idle connection.
  var isStillConnected: Bool {
    var entry = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, 0) > 0 else { return !isBroken }
    return PQconsumeInput(handle) == 1 && PQstatus(handle) == CONNECTION_OK
  }

  /// Nobody may use the connection again: its state on the server is not what we believe.
  func markBroken() { isBroken = true }

  /// Sends all messages at once and reads all answers: one round trip.
  /// - Returns: A result for each message that wants one. The first error is thrown; what
  ///   followed it was not run.
  func exchange(
    _ messages: [Message], deadline: ContinuousClock.Instant
  ) throws(PostgreSQLError) -> [StatementResult] {
    var answer: Result<[StatementResult], PostgreSQLError> = .failure(.connectionLost)
    try exchange([messages], deadline: deadline) { _, result in answer = result }
    return try answer.get()
  }

  /// Sends several sets of messages at once. An error ends its own set only.
  /// - Parameter answered: Called with the index of each set, in order, when its answer is whole.
  /// - Throws: When the connection broke: the sets not yet answered have no answer.
  func exchange(
    _ sets: [[Message]], deadline: ContinuousClock.Instant,
    answered: (Int, Result<[StatementResult], PostgreSQLError>) -> Void
  ) throws(PostgreSQLError) {
    for set in sets { try check(set) }
    try startExpecting(deadline)
    var expected: [[Expectation]] = []
    expected.reserveCapacity(sets.count)
    for set in sets {
      expected.append(try send(set))
      guard PQpipelineSync(handle) == 1 else { throw broken() }
    }
    for index in sets.indices {
      let (results, error) = try receive(expected[index])
      if index == sets.indices.last { isExpectingAnswer = false }
      answered(index, error.map { .failure(meaning(of: $0)) } ?? .success(results))
    }
    stopExpecting()
  }

  // MARK: Sending

  private enum Expectation {
    case result, success
    case preparation(PreparedStatements.Key)
  }

  private func check(_ messages: [Message]) throws(PostgreSQLError) {
    for message in messages {
      for bind in message.sql.binds {
        if case .text(let text) = bind.content, text.utf8.contains(0) {
          throw .unsendable("text with a NUL character")
        }
      }
    }
  }

  private func send(_ messages: [Message]) throws(PostgreSQLError) -> [Expectation] {
    var expected: [Expectation] = []
    expected.reserveCapacity(messages.count + 2)
    for message in messages { try send(message, expecting: &expected) }
    return expected
  }

  private func send(
    _ message: Message, expecting expected: inout [Expectation]
  ) throws(PostgreSQLError) {
    let parameters = Parameters(message.sql.binds)
    let sent: Int32
    switch message.form {
    case .unprepared:
      sent = parameters.withPointers { values, lengths, formats in
        PQsendQueryParams(
          handle, message.sql.text, parameters.count, parameters.types, values, lengths, formats, 1)
      }
    case .prepared(let role):
      let key = PreparedStatements.Key(role: role, text: message.sql.text)
      let name = try prepare(key, types: parameters.types, expecting: &expected)
      sent = parameters.withPointers { values, lengths, formats in
        PQsendQueryPrepared(handle, name, parameters.count, values, lengths, formats, 1)
      }
    }
    guard sent == 1 else { throw broken() }
    expected.append(message.wantsResult ? .result : .success)
  }

  /// - Returns: The name under which the server knows the statement, once the pipeline reaches it.
  private func prepare(
    _ key: PreparedStatements.Key, types: [UInt32], expecting expected: inout [Expectation]
  ) throws(PostgreSQLError) -> String {
    if let name = statements.name(of: key) { return name }
    if let forgotten = statements.makeRoom() {
      let sent = PQsendQueryParams(handle, "DEALLOCATE \(forgotten)", 0, nil, nil, nil, nil, 1)
      guard sent == 1 else { throw broken() }
      expected.append(.success)
    }
    let name = statements.add(key)
    guard PQsendPrepare(handle, name, key.text, Int32(types.count), types) == 1 else {
      throw broken()
    }
    expected.append(.preparation(key))
    return name
  }

  // MARK: Receiving

  private func receive(
    _ expected: [Expectation]
  ) throws(PostgreSQLError) -> (results: [StatementResult], error: ServerError?) {
    var results: [StatementResult] = []
    var firstError: ServerError?
    for expectation in expected {
      let result = try nextResult()
      let isFine = result.isFine
      if !isFine {
        // What follows an error in a pipeline is reported as aborted, without an error of its own.
        if firstError == nil { firstError = result.error }
        if case .preparation(let key) = expectation { statements.remove(key) }
      } else if case .result = expectation {
        results.append(result)
      }
      try endOfAnswer()
    }
    guard try nextResult().isSync else { throw broken() }
    if firstError?.state == .featureNotSupported {
      // "cached plan must not change result type": the schema moved on under a prepared statement.
      markBroken()
    }
    return (results, firstError)
  }

  private func nextResult() throws(PostgreSQLError) -> StatementResult {
    try awaitInput()
    guard let pointer = PQgetResult(handle) else { throw broken() }
    let result = StatementResult(pointer)
    guard PQstatus(handle) == CONNECTION_OK else { throw broken() }
    return result
  }

  /// libpq marks the end of each statement's answer by a null result.
  private func endOfAnswer() throws(PostgreSQLError) {
    try awaitInput()
    if let unexpected = PQgetResult(handle) {
      PQclear(unexpected)
      throw broken()
    }
  }

  // MARK: Waiting

  func startExpecting(_ deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
    guard !isBroken, !isExpectingAnswer else { throw .connectionLost }
    patience = Patience(deadline: deadline)
    isExpectingAnswer = true
  }

  /// All answers are read. Where the server was asked to stop, the connection is given up: a late
  /// cancel request must not meet the next statement.
  func stopExpecting() {
    isExpectingAnswer = false
    if patience.reason != nil { markBroken() }
  }

  /// Where the server was asked to stop, the reason for that is what its error means.
  func meaning(of error: ServerError) -> PostgreSQLError { patience.reason ?? .server(error) }

  /// Returns when libpq has a whole result for us and nothing of ours is left to send.
  func awaitInput() throws(PostgreSQLError) {
    while PQisBusy(handle) == 1 {
      let unsent = PQflush(handle)
      guard unsent >= 0 else { throw broken() }
      switch wait(forWriting: unsent == 1) {
      case .ready: guard PQconsumeInput(handle) == 1 else { throw broken() }
      case .deadline: try giveUp(.deadlinePassed)
      case .interrupted: try giveUp(.cancelled)
      }
    }
  }

  private struct Patience {
    var deadline: ContinuousClock.Instant
    /// Why the server was asked to stop, once it was.
    var reason: PostgreSQLError?
  }

  /// First asks the server to stop and waits a second more for its answer; then leaves.
  private func giveUp(_ reason: PostgreSQLError) throws(PostgreSQLError) {
    if let earlier = patience.reason {
      // A second interruption changes nothing; the end of the extra second does.
      guard ContinuousClock.now >= patience.deadline else { return }
      markBroken()
      throw earlier
    }
    patience.reason = reason
    patience.deadline = .now + .seconds(1)
    requestCancellation()
  }

  enum WaitEnd { case ready, deadline, interrupted }

  func wait(forWriting: Bool) -> WaitEnd {
    let left = ContinuousClock.now.duration(to: patience.deadline)
    guard left > .zero else { return .deadline }
    pollEntries[0].events = Int16(POLLIN) | (forWriting ? Int16(POLLOUT) : 0)
    pollEntries[0].revents = 0
    pollEntries[1].revents = 0
    poll(pollEntries, 2, left.pollMilliseconds)
    if pollEntries[1].revents != 0 && interruption.take() { return .interrupted }
    return .ready
  }

  /// Waits up to a minute for something to arrive between statements.
  func waitForNotification() -> WaitEnd {
    patience = Patience(deadline: .now + .seconds(60))
    let end = wait(forWriting: false)
    return end == .deadline ? .ready : end
  }

  /// On a thread of its own: libpq connects and then waits until the server hangs up, which one that
  /// is stopped, or behind a dead network, does not for minutes.
  private func requestCancellation() {
    nonisolated(unsafe) let cancel = PQgetCancel(handle)
    DetachedThread.start(name: "cancellation") {
      defer { PQfreeCancel(cancel) }
      var message = [CChar](repeating: 0, count: 256)
      // A request that failed shows as the missing answer for which the wire goes on waiting.
      _ = PQcancel(cancel, &message, Int32(message.count))
    }
  }

  func broken() -> PostgreSQLError {
    markBroken()
    return .connectionLost
  }
}

// MARK: Connecting

extension Wire {
  private static func connected(
    to connectionString: String, applicationName: String, deadline: ContinuousClock.Instant
  ) throws(PostgreSQLError) -> OpaquePointer {
    // The later value of a repeated keyword wins: what we need stands behind the caller's string.
    let parameters = [
      ("dbname", connectionString), ("application_name", applicationName),
      ("client_encoding", "UTF8"), ("options", sessionSettings),
    ]
    guard let handle = start(parameters) else { throw .unavailable(reason: "out of memory") }
    var state = PGRES_POLLING_WRITING
    while state != PGRES_POLLING_OK && PQstatus(handle) != CONNECTION_BAD {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero, state != PGRES_POLLING_FAILED else { break }
      let events = Int16(state == PGRES_POLLING_READING ? POLLIN : POLLOUT)
      var entry = pollfd(fd: PQsocket(handle), events: events, revents: 0)
      poll(&entry, 1, left.pollMilliseconds)
      if entry.revents != 0 { state = PQconnectPoll(handle) }
    }
    guard state == PGRES_POLLING_OK else {
      let reason = PQerrorMessage(handle).map { String(cString: $0) } ?? "no answer"
      PQfinish(handle)
      throw .unavailable(reason: reason.isEmpty ? "no answer in time" : reason)
    }
    return handle
  }

  /// What decoding relies on, whatever the role or database says.
  private static let sessionSettings = "-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601"

  private static func start(_ parameters: [(String, String)]) -> OpaquePointer? {
    var names: [UnsafePointer<CChar>?] = parameters.map { UnsafePointer(strdup($0.0)) } + [nil]
    var values: [UnsafePointer<CChar>?] = parameters.map { UnsafePointer(strdup($0.1)) } + [nil]
    defer { for text in names + values { free(UnsafeMutablePointer(mutating: text)) } }
    return PQconnectStartParams(&names, &values, 1)
  }
}

extension Duration {
  /// Rounded up, so that a wait does not end before its time and spin.
  fileprivate var pollMilliseconds: Int32 {
    let (seconds, attoseconds) = components
    guard seconds < 1_000_000 else { return 1_000_000_000 }
    return Int32(seconds) * 1_000 + Int32(attoseconds / 1_000_000_000_000_000) + 1
  }
}
