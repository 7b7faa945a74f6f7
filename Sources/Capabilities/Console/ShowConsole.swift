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
    let openReports: Int
    let openAppeals: Int

    static let schema = Schema.answer([
      "accounts": .integer(0...Int.max), "shops": .integer(0...Int.max),
      "open_reports": .integer(0...Int.max), "open_appeals": .integer(0...Int.max),
    ])

    static let find = Query<Overview>(
      """
      SELECT (SELECT count(*) FROM accounts WHERE state = 'active') AS accounts,
             (SELECT count(*) FROM shops) AS shops,
             (SELECT count(*) FROM shop_reports WHERE decided_at IS NULL) AS open_reports,
             (SELECT count(*) FROM shop_appeals WHERE answered_at IS NULL) AS open_appeals
      """
    ) { row throws(RowError) in
      Overview(
        accounts: try row.get("accounts"), shops: try row.get("shops"),
        openReports: try row.get("open_reports"), openAppeals: try row.get("open_appeals"))
    }
  }

  static func perform(for session: AccountSession, by console: Console) async throws -> Overview {
    try await console.operatorDatabase().one(Overview.find, in: console.scope(of: session))
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
    ConsolePage(
      part: .overview, title: "Console",
      main: """
        <p class="lede">\(text: "You are signed in as an operator of this platform:") \
        <span dir="auto">\(session.email)</span></p>
        <ul class="rows">
        <li>\(text: "\(count: overview.accounts) accounts")</li>
        <li><a href="\(url: FindShops.path)">\(text: "\(count: overview.shops) shops")</a></li>
        <li><a href="\(url: ShowReports.path)">\(text: "\(count: overview.openReports) open reports")</a></li>
        <li>\(text: "\(count: overview.openAppeals) open appeals")</li>
        </ul>
        """
    ).html(in: frame)
  }
}
