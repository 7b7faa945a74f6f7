import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Home of a shop: what is to do, and how it stands.
enum ShowShopHome {
  static func path(of slug: String) -> String { "/dashboard/\(slug)" }

  static func page(of shops: Shops) -> Route {
    .page(.get, "/dashboard/{shop}", for: shops.staff(.readShop), of: shops.site) {
      (visit: Visit<StaffMember>, _: String) in
      let member = visit.granted
      let row = try await shops.database.one(ShopRow.find(in: member.scope), in: member.scope)
      return .privatePage(page(row, member, of: shops, in: visit.frame))
    }
  }

  static func page(
    _ row: ShopRow, _ member: StaffMember, of shops: Shops, in frame: Frame
  ) -> HTML {
    let address = shops.storefrontURL(of: row.slug)
    return ShopPage(
      member: member, part: .home, title: "\(row.name)",
      main: """
        \(AppealDecision.notice(member))
        <p class="lede">\(text: "Your shop is on the web at") \
        <a href="\(url: address)" dir="ltr">\(address)</a></p>
        \(row.isTest ? Notice.html("This shop is in test mode: nobody pays for real.", .info) : nil)
        \(member.permissions.contains(.writeSettings) ? checklist(row) : nil)
        """
    ).html(in: frame)
  }

  /// What is left to do until the shop is ready; gone when all is done.
  struct Step: Sendable {
    let name: Text
    let path: String
    let isDone: Bool
  }

  static func steps(of row: ShopRow) -> [Step] {
    let brand = ShowBrand.path(of: row.slug)
    return [
      Step(name: "Open the shop", path: path(of: row.slug), isDone: true),
      Step(name: "Say in one line what you sell", path: brand, isDone: !row.tagline.isEmpty),
      Step(name: "Upload a logo", path: brand, isDone: row.logo != nil),
      Step(name: "Upload an icon", path: brand, isDone: row.favicon != nil),
    ]
  }

  private static func checklist(_ row: ShopRow) -> HTML? {
    let steps = steps(of: row)
    let done = steps.count(where: \.isDone)
    guard done < steps.count else { return nil }
    return """
      <section class="section" aria-labelledby="opening">
      <h2 id="opening">\(text: "Until your shop is ready")</h2>
      <p class="muted">\(text: "\(done) of \(steps.count) done")</p>
      <ol class="rows">
      \(steps.map(item))
      </ol>
      </section>
      """
  }

  private static func item(_ step: Step) -> HTML {
    guard !step.isDone else {
      return
        #"<li class="muted"><span class="stands">\#(Icon.check)\#(text: step.name)</span>\#(Badge.html("Done", .good))</li>"#
    }
    return """
      <li><span>\(text: step.name)</span><a class="button" href="\(url: step.path)">\(text: "Do it")</a></li>
      """
  }
}

/// A page of one shop's dashboard, among the places of the workbench.
struct ShopPage {
  enum Part: CaseIterable {
    case home, brand, team, settings, activity

    var name: Text {
      switch self {
      case .home: "Home"
      case .brand: "Brand"
      case .team: "Team"
      case .settings: "Settings"
      case .activity: "Activity"
      }
    }

    var icon: HTML {
      switch self {
      case .home: Icon.home
      case .brand: Icon.brush
      case .team: Icon.people
      case .settings: Icon.gear
      case .activity: Icon.clock
      }
    }

    var permission: ShopPermission {
      switch self {
      case .home: .readShop
      case .brand, .settings: .writeSettings
      case .team: .readRoles
      case .activity: .readAudit
      }
    }

    func path(of slug: String) -> String {
      switch self {
      case .home: ShowShopHome.path(of: slug)
      case .brand: ShowBrand.path(of: slug)
      case .team: ShowTeam.path(of: slug)
      case .settings: "\(ShowShopHome.path(of: slug))/settings"
      case .activity: "\(ShowShopHome.path(of: slug))/activity"
      }
    }
  }

  let member: StaffMember
  let part: Part
  let title: Text
  let main: HTML

  func html(in frame: Frame) -> HTML {
    let slug = member.membership.slug
    // What somebody may not open is not shown to them.
    let open = Part.allCases.filter { member.permissions.contains($0.permission) }
    return Workbench(
      title: title,
      places: open.map { Workbench.Place($0.path(of: slug), $0.name, $0.icon) },
      current: part.path(of: slug),
      main: """
        <h1>\(text: title)</h1>
        \(main)
        """
    ).html(in: frame)
  }
}
