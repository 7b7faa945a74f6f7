package import FoundationEssentials
import Observability
package import PostgreSQL

/// Takes jobs out of the queue and runs them, until told to stop.
///
/// Holds more jobs than it has places for only while jobs are quick: what waits in one process's memory
/// waits behind that process's slowest job, and for a whole lease when the process dies.
package actor Worker {
  package struct Configuration: Sendable {
    /// Jobs at once in this process.
    package var places = 16
    /// Jobs of one shop at once, over all processes. Fewer than `places`, so that a shop whose jobs
    /// are slow leaves some to others.
    package var perShop = 4
    /// For how long a job stays ours without a sign of life.
    package var lease = Duration.seconds(30)
    /// How often to look at the queue without being woken.
    package var poll = Duration.milliseconds(50)
    /// Given to running jobs when the worker is stopped; then they are cancelled and given back.
    package var stopTime = Duration.seconds(7)

    package init() {}
  }

  let configuration: Configuration
  let surroundings: WorkerSurroundings
  /// Logs in as `martlet_worker`.
  let queue: Pool
  let metrics: JobMetrics?
  private let handlers: [String: JobHandler]
  private let schedules: [JobSchedule]
  private let relay: OutboxRelay

  private var held: [UUID: Held] = [:]
  /// Tokens of the held jobs that have no place yet, in order.
  private var waiting: [UUID] = []
  /// Of late, for one attempt.
  private var usualSeconds = 1.0
  private var settlements: [Settlement] = []
  private var isSettling = false
  private var lastTurn = Platform.id
  private var hasNews = false
  private var waiter: CheckedContinuation<Void, Never>?
  private(set) var isStopping = false
  private var reportedUnknown: Set<String> = []

  /// A leased job and its task.
  private struct Held {
    let claimed: ClaimedJob
    var task: Task<Void, Never>?
    var job: HeldJob { HeldJob(claimed) }
    /// Its time is over: its lease is no longer extended, and its failure is known.
    var hasTimedOut = false
    /// Its lease could not be extended: it is over, or the job ended in this moment.
    var hasLostLease = false
  }

  package init(
    _ configuration: Configuration, queue: Pool, surroundings: WorkerSurroundings,
    handlers: [JobHandler], schedules: [JobSchedule] = [], consumers: [EventConsumer] = [],
    metrics: JobMetrics? = nil
  ) {
    self.configuration = configuration
    self.surroundings = surroundings
    self.queue = queue
    self.schedules = schedules
    self.metrics = metrics
    relay = OutboxRelay(consumers)
    let all = handlers + consumers.map { $0.handler(queue: queue) }
    self.handlers = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  }

  /// Returns when `stop` was called and every job has ended or is given back.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.every(self.configuration.poll) { await self.lookAgain() } }
      group.addTask { await self.every(.seconds(1)) { await self.keepTime() } }
      group.addTask { await self.every(.seconds(15)) { await self.lookAtQueue() } }
      group.addTask { await self.every(self.configuration.lease / 3) { await self.extendLeases() } }
      await claimUntilStopped()
      await finishOrGiveBack()
      group.cancelAll()
    }
  }

  /// From then on nothing is claimed.
  package func stop() {
    isStopping = true
    tellNews()
  }

  /// There may be work: look at once.
  package func wake() { tellNews() }

  /// Wakes the one task that waits; told while nobody waits, it is remembered.
  private func tellNews() {
    hasNews = waiter == nil
    waiter?.resume()
    waiter = nil
  }

  private func waitForNews() async {
    if !hasNews { await withCheckedContinuation { waiter = $0 } }
    hasNews = false
  }

  // MARK: Claiming

  private func claimUntilStopped() async {
    while !isStopping {
      // Half of them together: a claim costs about as much as a quick job.
      let free = configuration.places + ahead - held.count
      if free > ahead / 2, await claim(free) { continue }
      await waitForNews()
    }
  }

  /// Shops whose jobs nobody here knows, or that have enough running, cost a turn too.
  private static let turnsAtOnce = 64

  /// How many to hold without a place, so that quick jobs need not wait for the next claim, and that few
  /// claims fetch many: one costs as much as a handful of such jobs. They wait for 0.4 s at most.
  private var ahead: Int { usualSeconds < 0.05 ? 8 * configuration.places : 0 }

  /// - Returns: True when there was something, so there may be more.
  private func claim(_ wanted: Int) async -> Bool {
    do {
      let turns = try await queue.run(
        JobStore.turns(after: lastTurn, limit: Self.turnsAtOnce), as: .login, options: .readOnly)
      guard let lastShop = turns.last else { return false }
      let claimed = try await queue.run(
        JobStore.claim(
          handlers.values, of: turns, wanted: wanted, perShop: configuration.perShop,
          lease: configuration.lease), as: .login)
      // The next turn is of the shop after the one that took the last place.
      lastTurn = claimed.count < wanted ? lastShop : claimed.last?.shop ?? lastShop
      for job in claimed {
        held[job.token] = Held(claimed: job)
        waiting.append(job.token)
      }
      startWaiting()
      return !claimed.isEmpty
    } catch {
      await databaseFailed(error, doing: "claim")
      return false
    }
  }

  private func startWaiting() {
    while held.count - waiting.count < configuration.places, !waiting.isEmpty {
      let token = waiting.removeFirst()
      guard let claimed = held[token]?.claimed else { continue }
      held[token]?.task = Task { await self.perform(claimed) }
    }
  }

  private func perform(_ claimed: ClaimedJob) async {
    let running = RunningJob(claimed, startedAt: surroundings.now())
    let started = ContinuousClock.now
    let outcome = await outcome(of: running, claimed.payload)
    let time = started.duration(to: .now)
    usualSeconds += (time / .seconds(1) - usualSeconds) / 8
    metrics?.ended(outcome, after: time)
    guard let ended = held.removeValue(forKey: claimed.token) else { return }
    if let outcome { settle(Settlement(of: ended.claimed, outcome)) }
    if !isStopping { startWaiting() }
    tellNews()
  }

  /// - Returns: Nil when there is nothing to settle: the job ended itself, or is no longer ours.
  private func outcome(of running: RunningJob, _ payload: JSONText) async -> Settlement.Outcome? {
    guard let handler = handlers[running.name] else { return .givenBack }
    let limit = Task {
      try await Task.sleep(for: handler.timeLimit)
      self.timeIsOver(for: running.token)
    }
    defer { limit.cancel() }
    do {
      let context = Log.Context(requestID: "job-\(running.id)", shopID: running.shopInLog)
      try await Log.$context.withValue(context) { try await handler.perform(running, payload) }
      return running.finishesItself ? nil : .finished
    } catch {
      return failure((error as? PostgreSQLError).map(JobError.translated) ?? error, of: running)
    }
  }

  private func failure(_ error: any Error, of running: RunningJob) -> Settlement.Outcome? {
    // Cancelled for its lost lease, it fails by that, often before the database can refuse its finish.
    if error as? JobError == .leaseLost || held[running.token]?.hasLostLease ?? false {
      logLostLease(running.name, running.id)
      return nil
    }
    let hasTimedOut = held[running.token]?.hasTimedOut ?? false
    if isStopping, Task.isCancelled, !hasTimedOut { return .givenBack }
    let reason = hasTimedOut ? "\(JobError.timedOut)" : "\(error)"
    Log.warning(
      "job.failed",
      [
        "job": .string(running.name), "id": .integer(running.id),
        "attempt": .integer(running.attempt), "reason": .string(reason),
      ])
    let text = String(reason.prefix(1_000))
    switch error {
    case JobError.payload, JobError.givenUp: return .dead(error: text)
    default: break
    }
    return .failed(error: text, retryAt: surroundings.retryTime(afterAttempt: running.attempt))
  }

  private func logLostLease(_ name: String, _ id: Int) {
    Log.warning("job.lease_lost", ["job": .string(name), "id": .integer(id)])
  }

  private func timeIsOver(for token: UUID) {
    held[token]?.hasTimedOut = true
    held[token]?.task?.cancel()
  }

  // MARK: Settling

  private func settle(_ settlement: Settlement) {
    settlements.append(settlement)
    guard !isSettling else { return }
    isSettling = true
    Task { await self.settleAll() }
  }

  /// What has ended meanwhile goes to the database together; nobody waits in order to be gathered.
  private func settleAll() async {
    while !settlements.isEmpty {
      let batch = settlements
      settlements = []
      do {
        try await store(batch)
      } catch {
        // Tried until it works. Whose lease is over by then is no longer ours, and not touched.
        settlements = batch + settlements
        await databaseFailed(error, doing: "settle")
      }
      tellNews()
    }
    isSettling = false
    tellNews()
  }

  private func store(_ batch: [Settlement]) async throws {
    var finished: [HeldJob] = []
    var back: [HeldJob] = []
    var failed: [FailedJob] = []
    let ended: [UUID]
    for settlement in batch {
      switch settlement.outcome {
      case .finished: finished.append(settlement.job)
      case .givenBack: back.append(settlement.job)
      case .failed(let error, let at):
        failed.append(FailedJob(job: settlement.job, error: error, retryAt: at, isLast: false))
      case .dead(let error):
        let now = surroundings.now()
        failed.append(FailedJob(job: settlement.job, error: error, retryAt: now, isLast: true))
      }
    }
    if failed.isEmpty, back.isEmpty {
      ended = try await queue.run(JobStore.finish(finished), as: .login)
    } else {
      (ended, _, _, _) = try await queue.run(
        JobStore.finish(finished), JobStore.dropReplaced(back + failed.map(\.job)),
        JobStore.giveBack(back), JobStore.fail(failed), as: .login)
    }
    let refused = Set(finished.map(\.token)).subtracting(ended)
    for settlement in batch where refused.contains(settlement.job.token) {
      logLostLease(settlement.name, settlement.job.id)
    }
  }

  private func databaseFailed(_ error: any Error, doing what: String) async {
    Log.error("jobs.database", ["doing": .string(what), "reason": .string("\(error)")])
    // Cancelled, this only tries again sooner.
    try? await Task.sleep(for: .milliseconds(500))
  }

  // MARK: Timekeeping

  private func every(_ pause: Duration, _ body: @Sendable () async -> Void) async {
    while !Task.isCancelled {
      await body()
      do { try await Task.sleep(for: pause) } catch { return }
    }
  }

  private func lookAgain() async {
    await attempt("promote") {
      let now = surroundings.now()
      let (_, hasEvents) = try await queue.run(
        JobStore.promote(now), OutboxRelay.hasEvents, as: .login)
      if hasEvents.first == true { try await relay.run(on: queue, now: now) }
    }
    tellNews()
  }

  /// Fires schedules and takes back what lost workers held.
  private func keepTime() async {
    guard !isStopping else { return }
    await attempt("schedules") {
      try await JobSchedule.fire(schedules, on: queue, now: surroundings.now())
    }
    await attempt("expired") { try await ExpiredLeases.takeBack(on: queue, surroundings) }
  }

  private func extendLeases() async {
    let ours = held.values.filter { !$0.hasTimedOut }.map(\.job)
    guard !ours.isEmpty else { return }
    await attempt("extend") {
      let extended = try await queue.run(
        JobStore.extend(ours, lease: configuration.lease), as: .login)
      let still = Set(extended)
      for job in ours where !still.contains(job.token) {
        // Ended meanwhile, or lost; a lost one must not go on, nor begin.
        held[job.token]?.hasLostLease = true
        held[job.token]?.task?.cancel()
        if waiting.contains(job.token) { held.removeValue(forKey: job.token) }
        waiting.removeAll { $0 == job.token }
      }
    }
  }

  private func lookAtQueue() async {
    await attempt("status") {
      let status = try await QueueStatus.read(from: queue)
      metrics?.set(status, now: surroundings.now())
      let unknown = Set(status.waiting.keys).subtracting(handlers.keys)
      for name in unknown.subtracting(reportedUnknown).sorted() {
        Log.warning("job.unknown_name", ["job": .string(name)])
      }
      reportedUnknown = unknown
    }
  }

  private func attempt(_ what: String, _ body: () async throws -> Void) async {
    do {
      try await body()
    } catch {
      guard !Task.isCancelled else { return }
      await databaseFailed(error, doing: what)
    }
  }

  // MARK: Stopping

  private func finishOrGiveBack() async {
    for token in waiting {
      guard let unstarted = held.removeValue(forKey: token) else { continue }
      settle(Settlement(of: unstarted.claimed, .givenBack))
    }
    waiting = []
    let deadline = Task {
      try await Task.sleep(for: configuration.stopTime)
      self.cancelAll()
      // What does not listen to its cancellation is left to its lease.
      try await Task.sleep(for: .seconds(1))
      self.forgetAll()
    }
    while !held.isEmpty || isSettling { await waitForNews() }
    deadline.cancel()
  }

  private func cancelAll() {
    for entry in held.values { entry.task?.cancel() }
  }

  private func forgetAll() {
    held.removeAll()
    tellNews()
  }

  // MARK: By hand

  /// Runs one job here and now, as of a time, for `martlet job run`.
  package func run(_ name: String, asOf time: Date) async throws {
    guard let handler = handlers[name] else { throw JobError.unknownName(name) }
    let payload = try PayloadCoder.text(ScheduledRun(scheduledAt: time))
    let claimed = try await queue.run(
      JobStore.insertLeased(handler, payload, now: time, lease: handler.timeLimit), as: .login)
    for claimed in claimed {
      let running = RunningJob(claimed, startedAt: time)
      do {
        try await handler.perform(running, claimed.payload)
      } catch {
        try await store([Settlement(of: claimed, .dead(error: "\(error)"))])
        throw error
      }
      if !running.finishesItself { try await store([Settlement(of: claimed, .finished)]) }
    }
  }
}

extension RunningJob {
  fileprivate var shopInLog: String? {
    shop == Platform.id ? nil : shop.uuidString.lowercased()
  }
}
