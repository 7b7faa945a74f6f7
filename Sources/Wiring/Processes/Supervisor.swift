import Glibc
import HTTPServer
import Observability
import PostgreSQL
import Processes

/// Keeps the web processes running. One thread, one loop; what it watches over lives in children
/// that share its listening socket, so a crash is one process, and the port refuses nobody.
final class Supervisor {
  struct Sockets {
    let pages: ListeningSocket
    let metrics: ListeningSocket?
  }

  private let installation: Installation
  private let sockets: Sockets
  private let signals: Signals
  private let metricsMemory: SharedMemory
  private let inFlightMemory: SharedMemory
  /// The children hold the other end of the first: when it closes, we are gone, however we went.
  private let lifeline: Pipe
  /// Each child writes a byte when it serves.
  private let readiness: Pipe
  private var children: [Child] = []
  private var isStopping = false
  private var saidReady = false
  private var served: Set<Int> = []

  private struct Child {
    let index: Int
    var process: ChildProcess?
    var startedAt = ContinuousClock.now
    /// Deaths soon after a start, one after another.
    var earlyDeaths = 0
    var restartAt = ContinuousClock.now
  }

  init(_ installation: Installation, sockets: Sockets, signals: Signals) throws {
    let count = installation.settings.webProcesses
    self.installation = installation
    self.sockets = sockets
    self.signals = signals
    metricsMemory = try SharedMemory(size: Metrics.memorySize(processes: count))
    inFlightMemory = try SharedMemory(size: InFlight.memorySize(processes: count))
    lifeline = try Pipe()
    readiness = try Pipe()
    children = (0..<count).map { Child(index: $0) }
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
        children[index].process = try start(index)
        children[index].startedAt = .now
      } catch {
        Log.error("web.not_started", ["process": .integer(index), "reason": .string("\(error)")])
        children[index].restartAt = .now + .seconds(1)
      }
    }
  }

  private func start(_ index: Int) throws -> ChildProcess {
    var environment = Environment.current
    // A crash must free its place at once; what it was doing is in our memory, not in a trace.
    environment["SWIFT_BACKTRACE"] = "enable=no"
    environment["DATABASE_URL"] = try installation.webConnection()
    let order = WebProcess.Order(
      index: index, processes: children.count, port: installation.port,
      dataFolder: installation.dataFolder)
    return try ChildProcess.spawn(
      Environment.programPath, order.arguments, environment: environment,
      descriptors: [
        STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, sockets.pages.descriptor,
        metricsMemory.descriptor, inFlightMemory.descriptor, lifeline.reading, readiness.writing,
        sockets.metrics?.descriptor ?? sockets.pages.descriptor,
      ])
  }

  private func reap() {
    for index in children.indices {
      guard let end = children[index].process?.end() else { continue }
      let lived = children[index].startedAt.duration(to: .now)
      let inFlight = InFlight(
        memory: inFlightMemory, process: index, processes: children.count
      ).takeAll()
      Log.error(
        "web.died",
        [
          "process": .integer(index), "end": .string(end.description),
          "in_flight": .string(inFlight.joined(separator: ", ")),
        ])
      children[index].process = nil
      // At once the first time; one that cannot live is tried less and less often.
      children[index].earlyDeaths = lived > .seconds(5) ? 0 : children[index].earlyDeaths + 1
      let delay = 50 << min(children[index].earlyDeaths, 7)
      children[index].restartAt = .now + .milliseconds(delay)
    }
  }

  private func announceWhenReady() {
    guard !saidReady else { return }
    for index in readiness.readAvailable() { served.insert(Int(index)) }
    guard served.count == children.count else { return }
    saidReady = true
    Terminal.say("ready \(installation.settings.baseURL)")
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
