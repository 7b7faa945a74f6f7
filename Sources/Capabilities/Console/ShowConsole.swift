import API
import Access
import Accounts
import Fields
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Where the platform's people begin: how much there is.
enum ShowConsole {
  struct Overview: Encodable, Sendable {
    /// Active ones.
    let accounts: Int
    /// In any state.
    let shops: Int

    static let schema = Schema.answer([
      "accounts": .integer(0...Int.max), "shops": .integer(0...Int.max),
    ])

    static let find = Query<Overview>(
      """
      SELECT (SELECT count(*) FROM accounts WHERE state = 'active') AS accounts,
             (SELECT count(*) FROM shops) AS shops
      """
    ) { row throws(RowError) in
      Overview(accounts: try row.get("accounts"), shops: try row.get("shops"))
    }
  }

  static func perform(for session: AccountSession, by console: Console) async throws -> Overview {
    guard let scope = Guard.operator(session) else { throw Denial.notAllowed }
    return try await console.operatorDatabase().one(Overview.find, in: scope)
  }

  static func route(of console: Console) -> Route {
    .api(
      .get, "/api/admin/overview", "How much there is", for: console.accounts.platformOperator,
      of: console.api, answers: [200: Overview.schema], refusals: [503]
    ) { call in try Answer(200, try await perform(for: call.granted, by: console)) }
  }

  static func page(of console: Console) -> Route {
    .page(.get, Site.consolePath, for: console.accounts.platformOperator, of: console.site) {
      visit in
      let overview = try await perform(for: visit.granted, by: console)
      return .privatePage(page(overview, visit.granted, in: visit.frame))
    }
  }

  static func page(_ overview: Overview, _ session: AccountSession, in frame: Frame) -> HTML {
    Workbench(
      title: "Console",
      places: [
        .init(Site.consolePath, "Console", Icon.layers),
        .init(Site.dashboardPath, "Dashboard", Icon.home),
      ], current: Site.consolePath,
      main: """
        <h1>\(text: "Console")</h1>
        <p class="lede">\(text: "You are signed in as an operator of this platform:") \
        <span dir="auto">\(session.email)</span></p>
        <ul class="rows">
        <li>\(text: "\(count: overview.accounts) accounts")</li>
        <li>\(text: "\(count: overview.shops) shops")</li>
        </ul>
        """
    ).html(in: frame)
  }
}
