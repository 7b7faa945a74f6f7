package import API
package import Accounts
import Glibc
import HTTPServer
import Observability
package import PostgreSQL
import Processes
package import Scope
package import Web

/// One of the processes that answer requests. Started by the supervisor, which hands it the
/// listening socket and the shared memory.
package enum WebProcess {
  static let command = "web-process"

  /// What more routes, such as the probe's, may use.
  package struct Parts: Sendable {
    package let site: Site
    package let api: API
    package let accounts: Accounts
    package let database: Database
    package let pool: Pool
  }

  /// Places of the descriptors that the supervisor hands down.
  private enum Descriptor {
    static let pages: Int32 = 3
    static let metrics: Int32 = 4
    static let inFlight: Int32 = 5
    static let lifeline: Int32 = 6
    static let readiness: Int32 = 7
    static let metricsSocket: Int32 = 8
    static let jobMetrics: Int32 = 9
  }

  static func run(_ arguments: [String], as test: Martlet.TestBuild?) throws {
    let signals = Signals.block(SIGTERM, SIGINT)
    let order = try Order(arguments)
    let settings = try Settings.read(environment: Environment.current, port: order.port)
    let servers = try start(settings, order, test)
    Supervised.sayReady(order.index, on: Descriptor.readiness)
    Supervised.waitForEnd(signals, lifeline: Descriptor.lifeline)
    try blocking {
      await withTaskGroup(of: Void.self) { group in
        for server in servers { group.addTask { await server.stop(within: .seconds(9)) } }
      }
    }
  }

  private static func start(
    _ settings: Settings, _ order: Order, _ test: Martlet.TestBuild?
  ) throws -> [HTTPServer] {
    let metrics = Metrics(
      memory: try SharedMemory(
        descriptor: Descriptor.metrics, size: Metrics.memorySize(processes: order.processes)),
      process: order.index, processes: order.processes)
    let inFlight = InFlight(
      memory: try SharedMemory(
        descriptor: Descriptor.inFlight, size: InFlight.memorySize(processes: order.processes)),
      process: order.index, processes: order.processes)
    let pool = Pool(
      Pool.Configuration(
        connectionString: settings.databaseURL ?? "", applicationName: "martlet web \(order.index)",
        size: settings.connectionsPerProcess), metrics: metrics)
    let application = try WebApplication(
      settings: settings, dataFolder: order.dataFolder,
      context: try settings.context(faults: test?.faults ?? .none), pool: pool, metrics: metrics,
      jobMetrics: try WorkerProcess.metrics(shownFrom: Descriptor.jobMetrics),
      inFlight: inFlight, more: test?.routes)
    try application.followChanges()
    let transport = try application.transportSettings()
    var servers = [
      try HTTPServer(
        try application.pages(), listeningOn: .descriptor(Descriptor.pages), settings: transport)
    ]
    if settings.metricsPort != nil {
      servers.append(
        try HTTPServer(
          application.operations(), listeningOn: .descriptor(Descriptor.metricsSocket),
          settings: transport))
    }
    return servers
  }
}

extension WebProcess {
  /// What the supervisor tells a web process on its command line.
  struct Order: Equatable {
    let index: Int
    let processes: Int
    let port: Int
    let dataFolder: String

    init(index: Int, processes: Int, port: Int, dataFolder: String) {
      self.index = index
      self.processes = processes
      self.port = port
      self.dataFolder = dataFolder
    }

    init(_ arguments: [String]) throws {
      let arguments = try Arguments(
        arguments, options: ["index", "processes", "port", "data"], flags: [])
      processes = try arguments.integer("processes", in: 1...64, otherwise: 1)
      index = try arguments.integer("index", in: 0...(processes - 1), otherwise: 0)
      port = try arguments.integer("port", in: 1...65_535, otherwise: 8_080)
      dataFolder = arguments["data"] ?? ".data"
    }

    var arguments: [String] {
      [
        WebProcess.command, "--index", "\(index)", "--processes", "\(processes)", "--port",
        "\(port)", "--data", dataFolder,
      ]
    }
  }
}
