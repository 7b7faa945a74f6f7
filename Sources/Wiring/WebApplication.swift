import API
import Accounts
import Console
import DataKeys
import Documents
import HTML
import HTTPServer
import IPAddresses
import ObjectStorage
import Observability
import PostgreSQL
import Processes
import Scope
import Secrets
import Shops
import Web

/// Puts the capabilities' routes behind one server, with what belongs to every request around them.
struct WebApplication {
  private let settings: Settings
  private let uploadFolder: String
  private let pool: Pool
  private let metrics: Metrics
  /// The worker's, which it writes and we only show.
  private let jobMetrics: Metrics
  private let inFlight: InFlight
  private let site: Site
  private let assets: StaticAssets
  private let plans: PlanList
  private let accounts: Accounts
  private let shops: Shops
  private let console: Console
  private let more: [Route]

  init(
    settings: Settings, dataFolder: String, context: Context, pool: Pool, metrics: Metrics,
    jobMetrics: Metrics, inFlight: InFlight, more: Martlet.TestBuild.Routes?
  ) throws {
    self.settings = settings
    uploadFolder = dataFolder
    self.pool = pool
    self.metrics = metrics
    self.jobMetrics = jobMetrics
    self.inFlight = inFlight
    let assets = try StaticAssets(folder: "\(settings.resources)/Assets", prefix: "/assets")
    self.assets = assets
    let database = Database(pool: pool, faults: context.faults)
    plans = PlanList(database: database)
    let languages = try Languages(folder: "\(settings.resources)/Locales")
    site = Site(
      baseURL: settings.baseURL, languages: languages, database: database, context: context,
      asset: { assets.address(of: $0) ?? "/assets/\($0)" })
    let api = API(
      database: database, context: context, languages: languages,
      requestsPerMinute: settings.apiRequestsPerMinute)
    let keyFile = KeyFile(path: settings.keyFile ?? "\(dataFolder)/root-keys")
    let rootKeys = try RootKeys(file: keyFile)
    accounts = Accounts(
      site: site, api: api, rootKeys: rootKeys,
      dataKeys: DataKeys(rootKeys: rootKeys, database: database), passwords: PasswordHasher())
    let storage = DiskStorage(
      root: "\(dataFolder)/objects",
      links: LinkSigner(key: rootKeys.current.current, base: "\(settings.baseURL)/files"))
    shops = Shops(
      site: site, api: api, accounts: accounts, plans: plans, storage: storage,
      images: ImageConverter())
    console = Console(
      site: site, api: api, accounts: accounts, shops: shops,
      database: Self.operatorDatabase(settings, faults: context.faults))
    let parts = WebProcess.Parts(
      site: site, api: api, accounts: accounts, database: database, pool: pool)
    self.more = more?(parts) ?? []
  }

  /// One connection, opened when an operator first needs it.
  private static func operatorDatabase(_ settings: Settings, faults: FaultPoints) -> Database? {
    settings.operatorURL.map { url in
      let pool = Pool(
        Pool.Configuration(connectionString: url, applicationName: "martlet console", size: 1))
      return Database(pool: pool, faults: faults)
    }
  }

  /// Drops what is kept in memory when another process changes it. Ends with the process.
  func followChanges() throws {
    let news = try Listener.notifications(
      on: [PlanList.channel, ShopDirectory.channel], connectionString: settings.databaseURL ?? "")
    Task.detached { [plans, directory = shops.directory] in
      for await one in news {
        switch one {
        // A new connection may have missed news, so it counts as news of everything.
        case .connected:
          plans.forget()
          directory.forgetAll()
        case .received(ShopDirectory.channel, let shop): directory.forget(shop)
        case .received: plans.forget()
        }
      }
    }
  }

  func transportSettings() throws -> TransportSettings {
    var transport = TransportSettings()
    transport.trustedProxies = settings.trustedProxies.compactMap { AddressBlock($0) }
    return transport
  }

  /// The platform's pages, and its operations where they have no port of their own.
  func pages() throws -> Application {
    var routes =
      assets.routes() + ChoosePreferences.routes(of: site) + [StatusPage.route(of: site)]
      + ShopsRoutes.all(of: shops) + AccountsRoutes.all(of: accounts)
      + ConsoleRoutes.all(of: console)
    routes += more
    routes += try APIReference.routes(describing: routes, of: site)
    if settings.metricsPort == nil { routes += operationRoutes }
    return application(routes, hosts: [settings.baseHost, "127.0.0.1", "[::1]"])
  }

  /// Health and metrics alone, on any host name: monitors ask by address.
  func operations() -> Application { application(operationRoutes, hosts: []) }

  private var operationRoutes: [Route] {
    Operations(
      database: site.database, metrics: [metrics, jobMetrics],
      migrations: "\(settings.resources)/Migrations"
    ).routes
  }

  private func application(_ routes: [Route], hosts: [String]) -> Application {
    let observation = RequestObservation(
      routes: routes, metrics: metrics, logsEveryRequest: settings.logsEveryRequest)
    var application = Application(
      router: Router(routes, baseHosts: hosts),
      defaultHeaders: SecurityHeaders.all(isSecure: site.isSecure),
      uploadFolder: uploadFolder)
    application.around = { [inFlight, shops, site] request, handler in
      // Not the path itself, which may end in a token and would be in the log after a crash.
      let entry = inFlight.begin(
        requestID: request.id, method: request.method.rawValue,
        path: request.route?.path.description ?? "")
      defer { if let entry { inFlight.end(entry) } }
      return try await Log.$context.withValue(Log.Context(requestID: request.id)) {
        try await shops.crossOrigin(request) {
          try await handler(request)
        } refusal: {
          Failures.httpError(for: $0, request, of: site)
        }
      }
    }
    application.translateError = { [site] error, request in
      Log.$context.withValue(Log.Context(requestID: request.id)) {
        Failures.httpError(for: error, request, of: site)
      }
    }
    application.renderError = { [site, shops] error, request in
      request.flatMap { request in
        request.host == .base
          ? Failures.page(for: error, request, of: site) : shops.errorPage(for: error, request)
      }
    }
    application.onFinished = { request, outcome in observation.finished(request, outcome) }
    return application
  }
}

enum SecurityHeaders {
  /// For every answer that does not say otherwise. No inline script or style, nothing from elsewhere.
  /// - Parameter isSecure: Whether the platform is reached by TLS, which browsers then keep to for a year.
  static func all(isSecure: Bool) -> HeaderList {
    var headers = always
    if isSecure { headers.append("Strict-Transport-Security", "max-age=31536000") }
    return headers
  }

  private static let always: HeaderList = [
    "Content-Security-Policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
      + "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
      + "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
  ]
}
