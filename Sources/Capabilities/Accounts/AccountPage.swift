import HTML
import Web

/// A page about one's own account, among the places of the workbench.
struct AccountPage {
  enum Part: CaseIterable {
    case home, profile, security, sessions, data

    var path: String {
      switch self {
      case .home: Site.dashboardPath
      case .profile: "/account"
      case .security: "/account/security"
      case .sessions: "/account/sessions"
      case .data: "/account/data"
      }
    }

    var name: Text {
      switch self {
      case .home: "Home"
      case .profile: "Profile"
      case .security: "Security"
      case .sessions: "Sessions"
      case .data: "Your data"
      }
    }

    var icon: HTML {
      switch self {
      case .home: Icon.home
      case .profile: Icon.person
      case .security: Icon.shield
      case .sessions: Icon.devices
      case .data: Icon.archive
      }
    }
  }

  let part: Part
  /// If not the part's own name.
  var title: Text?
  /// One step inside its part, to which it leads back.
  var isInside = false
  let main: HTML

  func html(in frame: Frame) -> HTML {
    let places = Part.allCases.map { Workbench.Place($0.path, $0.name, $0.icon) }
    return Workbench(
      title: title ?? part.name, places: places, current: part.path,
      main: """
        \(isInside ? back : nil)
        <h1>\(text: title ?? part.name)</h1>
        \(main)
        """
    ).html(in: frame)
  }

  private var back: HTML {
    #"<p class="back"><a href="\#(url: part.path)">\#(Icon.back)\#(text: part.name)</a></p>"#
  }
}
