import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Where an account is signed in, newest first.
enum ShowSessions {
  struct Row: Sendable {
    let id: ID<Session>
    let isBrowser: Bool
    let userAgent: String
    let createdAt: Date
    let seenAt: Date
    let expiresAt: Date

    /// Ids are made in the order of time, so they sort by when a session was opened.
    static func all(
      in scope: AccountScope, before last: UUID?, count: Int, now: Date
    ) -> Query<Row> {
      Query(
        """
        SELECT session_id, kind = 'browser' AS is_browser, user_agent, created_at, seen_at, expires_at
          FROM account_sessions
         WHERE account_id = \(scope.id) AND expires_at > \(now)
           AND coalesce(session_id < \(last as UUID?), true)
         ORDER BY session_id DESC LIMIT \(count)
        """
      ) { row throws(RowError) in
        Row(
          id: try row.get("session_id"), isBrowser: try row.get("is_browser"),
          userAgent: try row.get("user_agent"), createdAt: try row.get("created_at"),
          seenAt: try row.get("seen_at"), expiresAt: try row.get("expires_at"))
      }
    }
  }

  static func perform(
    _ paging: Paging, of session: AccountSession, by accounts: Accounts
  ) async throws -> Listed<Item> {
    let rows = try await accounts.database.all(
      Row.all(
        in: session.scope, before: try paging.start(), count: paging.rowsToRead,
        now: accounts.now), in: session.scope)
    return try Listed(rows, paging, position: \.id.uuid) { Item($0, current: session.id) }
  }

  // MARK: API

  struct Item: Encodable, Sendable {
    let id: String
    let kind: String
    /// Whether it is the one that asks.
    let current: Bool
    let userAgent: String
    let createdAt: Date
    let seenAt: Date
    let expiresAt: Date

    init(_ row: Row, current: ID<Session>) {
      id = "\(row.id)"
      kind = row.isBrowser ? "browser" : "api"
      self.current = row.id == current
      userAgent = row.userAgent
      createdAt = row.createdAt
      seenAt = row.seenAt
      expiresAt = row.expiresAt
    }
  }

  static func route(of accounts: Accounts) -> Route {
    .api(
      .get, "/api/me/sessions", "Where you are signed in", for: accounts.signedIn,
      takes: Paging.fields, of: accounts.api, answers: [200: .listed(Item.schema)],
      refusals: [400]
    ) { call in
      try Answer(200, try await perform(call.form, of: call.granted, by: accounts))
    }
  }

  // MARK: Page

  private static let path = AccountPage.Part.sessions.path

  static func page(of accounts: Accounts) -> Route {
    .page(.get, path, for: accounts.signedIn, of: accounts.site) { visit in
      let paging = try Paging.fields.parse(visit.request.query)
      let listed = try await perform(paging, of: visit.granted, by: accounts)
      return .privatePage(page(listed, of: visit.granted, now: accounts.now, in: visit.frame))
    }
  }

  static func page(
    _ listed: Listed<Item>, of session: AccountSession, now: Date, in frame: Frame
  ) -> HTML {
    let zone = TimeZones.named(session.timeZone)
    return AccountPage(
      part: .sessions,
      main: """
        <p>\(text: "End the ones that you do not know, then change your password.")</p>
        <ul class="rows">
        \(listed.data.map { row($0, now: now, in: zone) })
        </ul>
        \(listed.nextCursor.map(more))
        \(listed.data.contains { !$0.current } ? endOthers : nil)
        """
    ).html(in: frame)
  }

  private static func row(_ item: Item, now: Date, in zone: TimeZone) -> HTML {
    """
    <li><div><p class="stands"><strong>\(text: DeviceWords.of(item.userAgent))</strong>
    \(item.current ? Badge.html("This one", .good) : nil)
    \(item.kind == "api" ? Badge.html("Program") : nil)</p>
    <p class="help">\(text: "Last seen") \(Moment.html(item.seenAt, now: now, in: zone)) ·
    \(text: "Signed in") \(Moment.html(item.createdAt, now: now, in: zone))</p></div>
    \(item.current ? nil : end(item))</li>
    """
  }

  private static func end(_ item: Item) -> HTML {
    """
    <form method="post" action="\(url: "\(path)/\(item.id)/end")">\
    <button class="button">\(text: "Sign out") \
    <span class="hidden">\(text: DeviceWords.of(item.userAgent))</span></button></form>
    """
  }

  private static func more(after cursor: String) -> HTML {
    """
    <p class="actions"><a class="button" href="\(url: "\(path)?cursor=\(cursor)")">\
    \(text: "Show older ones")</a></p>
    """
  }

  private static var endOthers: HTML {
    """
    <form method="post" action="\(url: "\(path)/end-others")" class="actions">\
    <button class="button danger">\(text: "Sign out everywhere else")</button></form>
    """
  }
}
