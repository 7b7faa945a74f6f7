import FoundationEssentials
package import HTML
import HTTPServer

/// The stand-ins for outside services, on this machine's own address alone: what they take and give is
/// for whoever tries Martlet here, never for the public.
package struct Sandbox: Sendable {
  /// Of the pages; the mail server listens on the next one.
  package let port: UInt16
  private let server: HTTPServer
  private let receiver: SMTPReceiver

  /// Serves from the moment this returns.
  /// - Parameter assets: The folder of style sheets.
  package init(port: UInt16, languages: Languages, assets: String) throws {
    guard port < .max else { throw NoRoom() }
    let mailbox = Mailbox()
    let assets = try StaticAssets(folder: assets, prefix: "/assets")
    let pages = SandboxPages(
      languages: languages, smtpPort: port + 1,
      asset: { assets.address(of: $0) ?? "/assets/\($0)" })
    var application = Application(
      router: Router(
        [ShowStandIns.route(pages)] + MailboxPages.routes(mailbox, pages)
          + MailboxAPI.routes(mailbox) + assets.routes(),
        baseHosts: ["localhost", "127.0.0.1"]),
      defaultHeaders: SandboxPages.headers)
    application.around = { request, handler in
      let language = languages.negotiated(
        choice: nil, accepted: request.header("accept-language"))
      return try await Language.$current.withValue(language) { try await handler(request) }
    }
    application.translateError = MailboxAPI.refusal
    receiver = try SMTPReceiver(port: port + 1, mailbox: mailbox)
    server = try HTTPServer(
      application, listeningOn: .tcp(host: "127.0.0.1", port: port))
    self.port = port
  }

  package struct NoRoom: Error, CustomStringConvertible {
    package var description: String { "the mail server needs the port behind this one" }
  }

  package func stop() async { await server.stop(within: .seconds(1)) }
}
