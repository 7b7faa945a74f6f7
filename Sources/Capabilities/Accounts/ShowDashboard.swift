import Access
import HTML
import HTTPServer
import Scope
import Web

/// Where an account arrives: its shops, and what it can do first.
enum ShowDashboard {
  static func route(of accounts: Accounts) -> Route {
    .page(.get, "/dashboard", for: accounts.agreed, of: accounts.site) { visit in
      .privatePage(page(visit.granted, in: visit.frame))
    }
  }

  static func page(_ session: AccountSession, in frame: Frame) -> HTML {
    Page(
      title: "Dashboard", styles: ["account.css"],
      main: """
        <div class="wrap"><div class="sheet">
        <h1>\(text: session.name.isEmpty ? "Welcome" : "Welcome, \(session.name)")</h1>
        \(session.isVerified ? nil : verification(of: session))
        <div class="actions"><a class="button" href="\(url: AccountPage.Part.profile.path)">\
        \(text: "Your account")</a>
        <form method="post" action="\(url: SignOut.path)"><button class="button">\(text: "Sign out")</button></form></div>
        </div></div>
        """
    ).html(in: frame)
  }

  private static func verification(of session: AccountSession) -> HTML {
    """
    \(Notice.html("Your address is not verified yet.", next: "Open the link that we sent to \(session.email).", .warn))
    \(SendVerification.button)
    """
  }
}
