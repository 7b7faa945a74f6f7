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
      /// Parsed anew until the same text comes again: a setting that names a shop, of which there are
      /// thousands, but most requests are for a few.
      case preparedWhenRepeated
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

  /// Looks, without waiting, whether the server closed an idle connection. All that an idle server
  /// has to say is that it leaves, or that its settings changed: both are a reason to connect anew.
  var isStillConnected: Bool {
    var entry = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
    return !isBroken && poll(&entry, 1, 0) == 0
  }

  /// Nobody may use the connection again: its state on the server is not what we believe.
  func markBroken() { isBroken = true }

  /// What became of a set of messages.
  enum Outcome {
    case done([StatementResult])
    /// The server refused it, or was asked to stop it. Nothing of it happened.
    case failed(PostgreSQLError)
    /// What another set met kept this one from running. Nothing of it happened.
    case notRun
  }

  /// Sends all messages at once and reads all answers: one round trip.
  /// - Returns: A result for each message that wants one. The first error is thrown; what
  ///   followed it was not run.
  func exchange(
    _ messages: [Message], deadline: ContinuousClock.Instant
  ) throws(PostgreSQLError) -> [StatementResult] {
    var outcome = Outcome.notRun
    try exchange([messages], deadlines: [deadline]) { outcome = $1 }
    switch outcome {
    case .done(let results): return results
    case .failed(let error): throw error
    case .notRun: throw .connectionLost
    }
  }

  /// Sends several sets of messages at once. An error skips the rest of its own set only.
  /// - Parameters:
  ///   - deadlines: For each set, until when to wait for its answer.
  ///   - answered: Called with the index of each set, in order, when its answer is whole.
  /// - Throws: When the connection broke, or the server did not even answer that it stopped. Of the
  ///   sets not yet answered nobody knows what happened if `isExpectingAnswer`, else nothing.
  func exchange(
    _ sets: [[Message]], deadlines: [ContinuousClock.Instant], answered: (Int, Outcome) -> Void
  ) throws(PostgreSQLError) {
    try startExpecting(deadlines[0])
    var expected: [[Expectation]] = []
    expected.reserveCapacity(sets.count)
    for index in sets.indices {
      expected.append(try send(sets[index], index))
      guard PQpipelineSync(handle) == 1 else { throw broken() }
    }
    var hasFailure = false
    for index in sets.indices {
      if patience.reason == nil { patience.deadline = deadlines[index] }
      let wasStopped = patience.reason != nil
      let (results, error) = try receive(expected[index])
      if error?.endsConnection == true {
        isExpectingAnswer = false
        answered(index, .failed(.connectionLost))
        for later in sets.indices[(index + 1)...] { answered(later, .notRun) }
        return
      }
      if index == sets.indices.last { stopExpecting() }
      if let error {
        // Behind a failed set the session is still in its transaction, and the request to stop a
        // set may have met the next one.
        let isNotItsOwn =
          (hasFailure && error.state == .inFailedTransaction)
          || (wasStopped && error.state == .queryCanceled)
        answered(index, isNotItsOwn ? .notRun : .failed(meaning(of: error, wasStopped)))
        hasFailure = true
      } else {
        answered(index, .done(results))
      }
    }
  }

  // MARK: Sending

  private enum Expectation {
    case result, success
    case preparation(String)
    case forgetting(String)
  }

  private func send(
    _ messages: [Message], _ set: Int
  ) throws(PostgreSQLError) -> [Expectation] {
    var expected: [Expectation] = []
    expected.reserveCapacity(messages.count + 2)
    for message in messages { try send(message, set, expecting: &expected) }
    return expected
  }

  private func send(
    _ message: Message, _ set: Int, expecting expected: inout [Expectation]
  ) throws(PostgreSQLError) {
    let parameters = Parameters(message.sql.binds)
    let name = try preparedName(of: message, parameters.types, set, expecting: &expected)
    let sent = parameters.withPointers { values, lengths, formats in
      if let name {
        PQsendQueryPrepared(handle, name, parameters.count, values, lengths, formats, 1)
      } else {
        PQsendQueryParams(
          handle, message.sql.text, parameters.count, parameters.types, values, lengths, formats, 1)
      }
    }
    guard sent == 1 else { throw broken() }
    expected.append(message.wantsResult ? .result : .success)
  }

  /// - Returns: The name under which the server knows the statement, once the pipeline reaches it;
  ///   nil when it is to be parsed anew.
  private func preparedName(
    of message: Message, _ types: [UInt32], _ set: Int, expecting expected: inout [Expectation]
  ) throws(PostgreSQLError) -> String? {
    let key: PreparedStatements.Key
    switch message.form {
    case .unprepared: return nil
    case .prepared(let role):
      key = PreparedStatements.Key(role: role, text: message.sql.text, types: types)
    case .preparedWhenRepeated:
      key = PreparedStatements.Key(role: "", text: message.sql.text, types: types)
      guard statements.isRepeated(key) else { return nil }
    }
    switch statements.plan(key, set: set) {
    case .run(let name): return name
    case .runUnprepared: return nil
    case .prepareAndRun(let name):
      try prepare(key, name, expecting: &expected)
      return name
    case .forgetPrepareAndRun(let forgotten, let name):
      let sent = PQsendQueryParams(handle, "DEALLOCATE \(forgotten)", 0, nil, nil, nil, nil, 1)
      guard sent == 1 else { throw broken() }
      expected.append(.forgetting(forgotten))
      try prepare(key, name, expecting: &expected)
      return name
    }
  }

  private func prepare(
    _ key: PreparedStatements.Key, _ name: String, expecting expected: inout [Expectation]
  ) throws(PostgreSQLError) {
    guard PQsendPrepare(handle, name, key.text, Int32(key.types.count), key.types) == 1 else {
      throw broken()
    }
    expected.append(.preparation(name))
  }

  // MARK: Receiving

  /// - Returns: The results of a set, or its first error: then nothing of it happened.
  private func receive(
    _ expected: [Expectation]
  ) throws(PostgreSQLError) -> (results: [StatementResult], error: ServerError?) {
    var results: [StatementResult] = []
    var firstError: ServerError?
    do throws(PostgreSQLError) {
      for (position, expectation) in expected.enumerated() {
        let result = try nextResult()
        note(result, for: expectation, in: &results, &firstError)
        if firstError?.endsConnection == true {
          markBroken()
          // In the place of the last answer, which may be COMMIT's, it says too little.
          guard position < expected.count - 1 else { throw .connectionLost }
          return (results, firstError)
        }
        try endOfAnswer()
      }
      try awaitSync(&firstError)
    } catch {
      // The connection broke behind an error that says that all was rolled back.
      guard let firstError, !firstError.endsConnection else { throw error }
      return (results, firstError)
    }
    if firstError?.isStalePlan == true { markBroken() }
    return (results, firstError)
  }

  private func note(
    _ result: StatementResult, for expectation: Expectation,
    in results: inout [StatementResult], _ firstError: inout ServerError?
  ) {
    let isFine = result.isFine
    // What follows an error in a pipeline is reported as aborted, without an error of its own.
    if !isFine, firstError == nil { firstError = result.error }
    switch expectation {
    case .result: if isFine { results.append(result) }
    case .success: break
    case .preparation(let name): statements.prepared(name, successfully: isFine)
    case .forgetting(let name): statements.forgot(name, successfully: isFine)
    }
  }

  /// A transaction without BEGIN ends at the sync, where a deferred constraint may still refuse it.
  private func awaitSync(_ firstError: inout ServerError?) throws(PostgreSQLError) {
    var result = try nextResult()
    if let error = result.error {
      guard !error.endsConnection else { throw broken() }
      if firstError == nil { firstError = error }
      try endOfAnswer()
      result = try nextResult()
    }
    guard result.isSync else { throw broken() }
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
    try checkReady(deadline)
    patience = Patience(deadline: deadline)
    isExpectingAnswer = true
  }

  /// - Throws: When nothing more can be sent, or not in time.
  func checkReady(_ deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
    guard !isBroken, !isExpectingAnswer else { throw patience.reason ?? .connectionLost }
    guard ContinuousClock.now < deadline else { throw .deadlinePassed }
  }

  /// All answers are read. Where the server was asked to stop, the connection is given up: a late
  /// cancel request must not meet the next statement.
  func stopExpecting() {
    isExpectingAnswer = false
    if patience.reason != nil { markBroken() }
  }

  /// Where the server was asked to stop, the reason for that is what its error means.
  /// - Parameter wasStopped: It was asked because of an earlier set.
  func meaning(of error: ServerError, _ wasStopped: Bool = false) -> PostgreSQLError {
    if !wasStopped, error.state == .queryCanceled, let reason = patience.reason { return reason }
    return .server(error)
  }

  /// Returns when libpq has a whole result for us and nothing of ours is left to send.
  func awaitInput() throws(PostgreSQLError) {
    while PQisBusy(handle) == 1 {
      let unsent = PQflush(handle)
      guard unsent >= 0 else { throw broken() }
      switch wait(forWriting: unsent == 1) {
      case .ready: guard PQconsumeInput(handle) == 1 else { throw broken() }
      case .deadline: try stop(.deadlinePassed)
      case .interrupted: try stop(.cancelled)
      }
    }
  }

  private struct Patience {
    var deadline: ContinuousClock.Instant
    /// Why the server was asked to stop, once it was.
    var reason: PostgreSQLError?
  }

  /// First asks the server to stop and waits a second more for its answer; then leaves.
  private func stop(_ reason: PostgreSQLError) throws(PostgreSQLError) {
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
    guard let handle = PQgetCancel(handle) else { return }
    nonisolated(unsafe) let cancel = handle
    DetachedThread.start(name: "cancellation") {
      var message = [CChar](repeating: 0, count: 256)
      // A request that failed shows as the missing answer for which the wire goes on waiting.
      _ = PQcancel(cancel, &message, Int32(message.count))
      PQfreeCancel(cancel)
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
      let isRefused = state == PGRES_POLLING_FAILED || PQstatus(handle) == CONNECTION_BAD
      let reason = isRefused ? String(cString: PQerrorMessage(handle)) : "no answer in time"
      PQfinish(handle)
      throw .unavailable(reason: reason)
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
