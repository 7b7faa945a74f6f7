import FoundationEssentials
import Glibc
import Jobs
import PostgreSQL
import Processes

/// A worker process for tests to stop and kill. Ends with SIGTERM, and when its standard input, a pipe
/// to which nobody writes, closes: with whoever started it.
enum ProbeWorker {
  static func run(_ arguments: [String]) throws {
    let signals = Signals.block(SIGTERM)
    let worker = try worker(arguments)
    let run = Task { await worker.run() }
    Signals.raise(SIGTERM, whenClosed: STDIN_FILENO)
    while signals.wait(milliseconds: 60_000) == nil {}
    try blocking {
      await worker.stop()
      await run.value
    }
  }

  private static func worker(_ arguments: [String]) throws -> Worker {
    let options = ProbeArguments(arguments)
    var configuration = Worker.Configuration()
    configuration.places = options.number("places", otherwise: 4)
    configuration.perShop = options.number("per-shop", otherwise: 1_000)
    configuration.lease = .seconds(options.number("lease", otherwise: 30))
    let cluster = try ProbeCluster(arguments)
    func pool(_ login: String, size: Int) -> Pool {
      Pool(.init(connectionString: cluster.connectionString(login: login), size: size))
    }
    return Worker(
      configuration, queue: pool("martlet_worker", size: 3),
      surroundings: WorkerSurroundings(now: { Date() }, random: { .random(in: 0 ... .max) }),
      handlers: ProbeJobs.handlers(effects: pool("martlet_web", size: configuration.places)))
  }
}
