import Access
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// How Martlet is at this moment, for whoever wonders whether it is them or us.
enum StatusPage {
  /// What a reader would call a part of it.
  enum Condition: Equatable { case good, late, away }

  struct Found: Equatable {
    let database: Condition
    let work: Condition
  }

  /// A job that waits longer is late; a mail, say, comes within it.
  private static let lateAfterSeconds = 120

  static func route(of site: Site) -> Route {
    .page(.get, "/status", for: .anybody, of: site) { visit in
      let found = await examine(site, in: visit.scope)
      return .page(page(found, in: visit.frame))
    }
  }

  private static func examine(_ site: Site, in scope: PublicScope) async -> Found {
    let delay = Query<Int?>(
      """
      SELECT extract(epoch FROM app.queue_delay(\(site.context.now())))::bigint AS seconds
      """
    ) { row throws(RowError) in try row.get("seconds") }
    do {
      let seconds = try await site.database.one(delay, in: scope) ?? 0
      return Found(database: .good, work: seconds > lateAfterSeconds ? .late : .good)
    } catch {
      // What it is, /readyz and the log tell those who run it.
      return Found(database: .away, work: .away)
    }
  }

  static func page(_ found: Found, in frame: Frame) -> HTML {
    let isGood = found == Found(database: .good, work: .good)
    return Page(
      title: "Status", description: "Whether Martlet works at this moment.",
      styles: ["reading.css"],
      main: """
        <div class="wrap reading">
        <h1>\(text: isGood ? "Everything works" : "Something is not well")</h1>
        <p class="lede">\(text: isGood ? "Pages, sales and the work behind them are as they should be." : "We know about it. What you have paid or sent is not lost.")</p>
        <ul class="statuses">
        \(row("Pages and API", .good))\(row("Sales and accounts", found.database))\
        \(row("Mails and other work behind the pages", found.work))
        </ul>
        </div>
        """
    ).html(in: frame)
  }

  private static func row(_ name: Text, _ condition: Condition) -> HTML {
    """
    <li><span>\(text: name)</span> \(badge(condition))</li>
    """
  }

  private static func badge(_ condition: Condition) -> HTML {
    switch condition {
    case .good: Badge.html("Works", .good)
    case .late: Badge.html("Late", .warn)
    case .away: Badge.html("Away", .bad)
    }
  }
}
