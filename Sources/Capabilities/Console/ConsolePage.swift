import HTML
import Web

/// A page of the platform's people, among their places.
struct ConsolePage {
  enum Part: CaseIterable {
    case overview, shops, reports, dashboard

    var name: Text {
      switch self {
      case .overview: "Console"
      case .shops: "Shops"
      case .reports: "Reports"
      case .dashboard: "Dashboard"
      }
    }

    var icon: HTML {
      switch self {
      case .overview: Icon.layers
      case .shops: Icon.window
      case .reports: Icon.shield
      case .dashboard: Icon.home
      }
    }

    var path: String {
      switch self {
      case .overview: Site.consolePath
      case .shops: FindShops.path
      case .reports: ShowReports.path
      case .dashboard: Site.dashboardPath
      }
    }
  }

  let part: Part
  let title: Text
  let main: HTML

  func html(in frame: Frame) -> HTML {
    Workbench(
      title: title, places: Part.allCases.map { Workbench.Place($0.path, $0.name, $0.icon) },
      current: part.path,
      main: """
        <h1>\(text: title)</h1>
        \(main)
        """
    ).html(in: frame)
  }
}
