/// The application's side of the server: routes, errors and what is told about requests.
package struct Application: Sendable {
  package var router: Router
  /// Makes a page or a document of a refusal. Returning nil leaves it to the server.
  package var renderError: (@Sendable (HTTPError, Request?) -> Response?)?
  /// Wrapped around every handler, for what belongs to the task: context, scope, time.
  package var around: (@Sendable (Request, Route.Handler) async throws -> Response)?
  /// Turns an error of a handler that is no `HTTPError` into one; called once for each, so this is
  /// the place that logs it.
  package var translateError: (@Sendable (any Error, Request) -> HTTPError)?
  package var onStarted: (@Sendable (Request) -> Void)?
  package var onFinished: (@Sendable (Request, RequestOutcome) -> Void)?
  /// Added to every answer that does not carry a field of that name.
  package var defaultHeaders: HeaderList
  /// Where uploads wait; must exist.
  package var uploadFolder: String

  package init(
    router: Router, defaultHeaders: HeaderList = HeaderList(), uploadFolder: String = "/tmp"
  ) {
    self.router = router
    self.defaultHeaders = defaultHeaders
    self.uploadFolder = uploadFolder
  }
}

/// Serves an application until it is stopped.
package final class HTTPServer: Sendable {
  private let transport: any HTTPTransport

  /// Serves from the moment this returns.
  package init(
    _ application: Application, listeningOn address: ListenAddress,
    settings: TransportSettings = TransportSettings()
  ) throws {
    transport = try MicroHTTPDTransport(
      listeningOn: address, settings: settings,
      serving: RequestPipeline(application))
  }

  package var port: UInt16 { transport.port }
  package var connectionCount: Int { transport.connectionCount }

  /// Takes no new connections, lets requests in flight finish for at most `limit`, ends the rest.
  package func stop(within limit: Duration = .seconds(10)) async {
    await transport.stop(within: limit)
  }
}
