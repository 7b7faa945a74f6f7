import Glibc
import HTTPServer
import Observability
import PostgreSQL
import Processes

/// Keeps the web processes and the worker process running. One thread, one loop; what it watches over
/// lives in children that share its listening socket, so a crash is one process, and the port refuses
/// nobody.
final class Supervisor {
  /// What this machine does.
  enum Role: String { case all, web, worker }

  struct Sockets {
    let pages: ListeningSocket
    let metrics: ListeningSocket?
  }

  private let installation: Installation
  /// Nil where there are no web processes.
  private let sockets: Sockets?
  private let signals: Signals
  private let metricsMemory: SharedMemory
  private let inFlightMemory: SharedMemory
  private let jobMetricsMemory: SharedMemory
  /// The children hold the other end of the first: when it closes, we are gone, however we went.
  private let lifeline: Pipe
  /// Each child writes a byte when it serves.
  private let readiness: Pipe
  private let webProcesses: Int
  private var children: [Child] = []
  private var isStopping = false
  private var saidReady = false
  private var served: Set<Int> = []

  private struct Child {
    enum Kind: String { case web, worker }
    let kind: Kind
    /// By which it says that it is ready.
    let index: Int
    var process: ChildProcess?
    var startedAt = ContinuousClock.now
    /// Deaths soon after a start, one after another.
    var earlyDeaths = 0
    var restartAt = ContinuousClock.now
  }

  init(_ installation: Installation, _ role: Role, sockets: Sockets?, signals: Signals) throws {
    let count = sockets == nil ? 0 : installation.settings.webProcesses
    webProcesses = count
    self.installation = installation
    self.sockets = sockets
    self.signals = signals
    metricsMemory = try SharedMemory(size: Metrics.memorySize(processes: max(1, count)))
    inFlightMemory = try SharedMemory(size: InFlight.memorySize(processes: max(1, count)))
    jobMetricsMemory = try SharedMemory(size: WorkerProcess.metricsSize)
    lifeline = try Pipe()
    readiness = try Pipe()
    children = (0..<count).map { Child(kind: .web, index: $0) }
    if role != .web { children.append(Child(kind: .worker, index: WorkerProcess.index)) }
  }

  /// Returns when it was told to stop and everybody has.
  func run() throws {
    while !isStopping {
      startMissing()
      announceWhenReady()
      watchCluster()
      switch signals.wait(milliseconds: saidReady ? 200 : 20) {
      case SIGTERM, SIGINT: isStopping = true
      default: reap()
      }
    }
    stop()
  }

  private func startMissing() {
    for index in children.indices
    where children[index].process == nil && children[index].restartAt <= .now {
      do {
        children[index].process = try start(children[index])
        children[index].startedAt = .now
      } catch {
        Log.error(
          "process.not_started",
          [
            "kind": .string(children[index].kind.rawValue), "process": .integer(index),
            "reason": .string("\(error)"),
          ])
        children[index].restartAt = .now + .seconds(1)
      }
    }
  }

  private func start(_ child: Child) throws -> ChildProcess {
    var environment = Environment.current
    // A crash must free its place at once; what it was doing is in our memory, not in a trace.
    environment["SWIFT_BACKTRACE"] = "enable=no"
    switch child.kind {
    case .web:
      environment["DATABASE_URL"] = try installation.webConnection()
      // Beside a database of somebody else there is one only where it was given.
      if installation.cluster != nil {
        environment["MARTLET_OPERATOR_URL"] = try installation.operatorConnection()
      }
      let order = WebProcess.Order(
        index: child.index, processes: webProcesses, port: installation.port,
        dataFolder: installation.dataFolder)
      return try spawn(order.arguments, environment, webDescriptors)
    case .worker:
      environment["MARTLET_WORKER_URL"] = try installation.workerConnection()
      environment["DATABASE_URL"] = try installation.webConnection()
      let order = WorkerProcess.Order(
        port: installation.port, dataFolder: installation.dataFolder)
      return try spawn(
        order.arguments, environment,
        [jobMetricsMemory.descriptor, lifeline.reading, readiness.writing])
    }
  }

  private var webDescriptors: [Int32] {
    guard let sockets else { return [] }
    return [
      sockets.pages.descriptor, metricsMemory.descriptor, inFlightMemory.descriptor,
      lifeline.reading, readiness.writing,
      sockets.metrics?.descriptor ?? sockets.pages.descriptor, jobMetricsMemory.descriptor,
    ]
  }

  private func spawn(
    _ arguments: [String], _ environment: [String: String], _ descriptors: [Int32]
  ) throws -> ChildProcess {
    try ChildProcess.spawn(
      Environment.programPath, arguments, environment: environment,
      descriptors: [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] + descriptors)
  }

  private func reap() {
    for index in children.indices {
      guard let end = children[index].process?.end() else { continue }
      let lived = children[index].startedAt.duration(to: .now)
      tell(end, of: children[index])
      children[index].process = nil
      // At once the first time; one that cannot live is tried less and less often.
      children[index].earlyDeaths = lived > .seconds(5) ? 0 : children[index].earlyDeaths + 1
      let delay = 50 << min(children[index].earlyDeaths, 7)
      children[index].restartAt = .now + .milliseconds(delay)
    }
  }

  private func tell(_ end: ChildProcess.End, of child: Child) {
    guard child.kind == .web else {
      // What it held stays leased, and is taken back when the lease is over.
      return Log.error("worker.died", ["end": .string(end.description)])
    }
    let inFlight = InFlight(
      memory: inFlightMemory, process: child.index, processes: webProcesses
    ).takeAll()
    Log.error(
      "web.died",
      [
        "process": .integer(child.index), "end": .string(end.description),
        "in_flight": .string(inFlight.joined(separator: ", ")),
      ])
  }

  private func announceWhenReady() {
    guard !saidReady else { return }
    for index in readiness.readAvailable() { served.insert(Int(index)) }
    guard served.count == children.count else { return }
    saidReady = true
    Terminal.say("ready \(sockets == nil ? "worker" : installation.settings.baseURL)")
  }

  private func watchCluster() {
    do {
      _ = try installation.cluster?.ensureRunning()
    } catch {
      Log.error("cluster.not_running", ["reason": .string("\(error)")])
    }
  }

  private func stop() {
    for child in children { child.process?.signal(SIGTERM) }
    let deadline = ContinuousClock.now + .seconds(11)
    while ContinuousClock.now < deadline, children.contains(where: { $0.process != nil }) {
      _ = signals.wait(milliseconds: 50)
      for index in children.indices where children[index].process?.end() != nil {
        children[index].process = nil
      }
    }
    for child in children { child.process?.signal(SIGKILL) }
  }
}
