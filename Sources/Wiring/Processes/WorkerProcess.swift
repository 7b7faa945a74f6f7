import Glibc
import Jobs
import Observability
import PostgreSQL
import Processes
import Scope

/// The process that does what is queued. One beside the web processes; more machines may have more.
enum WorkerProcess {
  static let command = "worker-process"
  /// Among the supervisor's children, behind all web processes.
  static let index = 255

  /// Places of the descriptors that the supervisor hands down.
  private enum Descriptor {
    static let metrics: Int32 = 3
    static let lifeline: Int32 = 4
    static let readiness: Int32 = 5
  }

  static func run(_ arguments: [String], as test: Martlet.TestBuild?) throws {
    let signals = Signals.block(SIGTERM, SIGINT)
    let order = try Order(arguments)
    let settings = try Settings.read(environment: Environment.current, port: order.port)
    let connection = settings.workerURL ?? ""
    let metrics = Metrics(
      memory: try SharedMemory(descriptor: Descriptor.metrics, size: metricsSize), process: 0,
      processes: 2)
    let application = try WorkerApplication(
      settings, context: try settings.context(faults: test?.faults ?? .none),
      dataFolder: order.dataFolder)
    let worker = try application.worker(connection: connection, metrics: JobMetrics(metrics))
    let run = Task { await worker.run() }
    let wakes = try wake(worker, connection)
    Supervised.sayReady(index, on: Descriptor.readiness)
    Supervised.waitForEnd(signals, lifeline: Descriptor.lifeline)
    wakes.cancel()
    try blocking {
      await worker.stop()
      await run.value
    }
  }

  private static func wake(_ worker: Worker, _ connection: String) throws -> Task<Void, Never> {
    let news = try Listener.notifications(on: [JobWaker.channel], connectionString: connection)
    return Task { for await _ in news { await worker.wake() } }
  }

  /// A row for the worker, and one for the processes that show what it counts: whoever registers a
  /// gauge sets its own row to zero.
  static let metricsSize = Metrics.memorySize(processes: 2)

  /// What the worker counts, for a process that answers `/metrics`.
  static func metrics(shownFrom descriptor: Int32) throws -> Metrics {
    let memory = try SharedMemory(descriptor: descriptor, size: metricsSize)
    let metrics = Metrics(memory: memory, process: 1, processes: 2)
    _ = JobMetrics(metrics)
    return metrics
  }
}

extension WorkerProcess {
  /// What the supervisor tells the worker process on its command line.
  struct Order: Equatable {
    let port: Int
    let dataFolder: String

    init(port: Int, dataFolder: String) {
      self.port = port
      self.dataFolder = dataFolder
    }

    init(_ arguments: [String]) throws {
      let arguments = try Arguments(arguments, options: ["port", "data"], flags: [])
      port = try arguments.integer("port", in: 1...65_535, otherwise: 8_080)
      dataFolder = arguments["data"] ?? ".data"
    }

    var arguments: [String] {
      [WorkerProcess.command, "--port", "\(port)", "--data", dataFolder]
    }
  }
}
