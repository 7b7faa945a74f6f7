import HTML
import Web

/// The frame of the pages about one's own account: its parts beside or, on a phone, above what is shown.
struct AccountPage {
  enum Part: CaseIterable {
    case profile, security, sessions, email, data

    var path: String {
      switch self {
      case .profile: "/account"
      case .security: "/account/security"
      case .sessions: "/account/sessions"
      case .email: "/account/email"
      case .data: "/account/data"
      }
    }

    var name: Text {
      switch self {
      case .profile: "Profile"
      case .security: "Security"
      case .sessions: "Sessions"
      case .email: "E-mail"
      case .data: "Your data"
      }
    }
  }

  let part: Part
  let main: HTML

  func html(in frame: Frame) -> HTML {
    Page(
      title: part.name, styles: ["account.css"],
      main: """
        <div class="wrap account">
        <nav class="parts" aria-label="\(text: "Your account")">
        \(Part.allCases.map(link))
        <form method="post" action="\(url: SignOut.path)">\
        <button class="plain">\(text: "Sign out")</button></form>
        </nav>
        <div class="part">
        <h1>\(text: part.name)</h1>
        \(main)
        </div></div>
        """
    ).html(in: frame)
  }

  private func link(_ other: Part) -> HTML {
    """
    <a href="\(url: other.path)"\(attribute: "aria-current", other == part ? "page" : nil)>\
    \(text: other.name)</a>
    """
  }
}

extension Page {
  /// A page with one thing to do, such as a single form.
  static func sheet(title: Text, main: HTML, in frame: Frame) -> HTML {
    Page(
      title: title, styles: ["account.css"],
      main: #"<div class="wrap"><div class="sheet">\#(main)</div></div>"#
    ).html(in: frame)
  }
}
