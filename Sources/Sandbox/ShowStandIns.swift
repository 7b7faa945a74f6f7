import HTML
import HTTPServer

/// The front page: what stands in for what.
enum ShowStandIns {
  static func route(_ pages: SandboxPages) -> Route {
    Route(.get, "/") { _ in
      pages.page(
        "Sandbox",
        main: """
          <h1>\(text: "Sandbox")</h1>
          <p class="lede">\(text: "Stand-ins for outside services. Nothing here leaves this machine.")</p>
          <ul class="stand-ins">
          <li class="card"><h2><a href="/mail">\(text: "Mailbox")</a></h2>
          <p>\(text: "Takes every mail that Martlet sends and shows it to you.")</p>
          <p class="muted">\(text: "It listens for SMTP on port \("\(pages.smtpPort)") of this machine.")</p></li>
          </ul>
          """)
    }
  }
}
