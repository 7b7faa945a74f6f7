import API
import Access
import Audit
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Scope
import Web

/// The log of a shop as its people read it.
struct ActivityPage {
  let member: StaffMember
  let filled: FilledForm
  /// Nil where it was not understood.
  let form: ShowActivity.Form?
  let found: ShowActivity.Found
  let now: Date

  private var path: String { ShopPage.Part.activity.path(of: member.membership.slug) }

  func html(in frame: Frame) throws -> HTML {
    try ShopPage(
      member: member, part: .activity, title: "Activity",
      main: """
        <section class="section">
        \(filter)
        \(form.map { try list($0) })
        </section>
        """
    ).html(in: frame)
  }

  // MARK: What is asked for

  private var filter: HTML {
    let labels: [String: Text] = [
      "actor": "Who", "action": "What", "from": "From", "to": "Until",
    ]
    return """
      \(filled.summary(labels: labels))
      <form method="get" action="\(url: path)" class="filters">
      \(filled.select("actor", label: "Who", chosen: "", options: people))
      \(filled.select("action", label: "What", chosen: "", options: actions))
      \(filled.field("from", label: "From"))
      \(filled.field("to", label: "Until"))
      \(form?.target == nil ? nil : filled.hidden("target"))
      <div class="actions"><button class="button">\(text: "Show")</button>
      \(form?.isFiltered == false ? nil : everything)</div>
      </form>
      """
  }

  private var everything: HTML {
    #"<a href="\#(url: path)">\#(text: "Show everything")</a>"#
  }

  private var people: [(value: String, label: Text)] {
    [(value: "", label: Self.anybody)]
      + found.people.filter { $0.worksHere || $0.id == form?.actor }.map {
        (value: "\($0.id)", label: $0.name.isEmpty ? Self.nameless : "\($0.name)")
      }
  }

  private var actions: [(value: String, label: Text)] {
    [(value: "", label: Self.anything)]
      + ShopAction.allCases.map { (value: $0.rawValue, label: $0.sentence) }
  }

  private static let anybody: Text = "Anybody"
  private static let anything: Text = "Anything"
  private static let nameless: Text = "Without a name"

  // MARK: What was found

  private func list(_ form: ShowActivity.Form) throws -> HTML {
    let shown = found.entries.prefix(form.paging.limit)
    guard !shown.isEmpty else { return empty(form) }
    return """
      <ol class="rows">
      \(shown.map(row))
      </ol>
      <p class="actions">\(try found.listed(form).nextCursor.map { older(form, after: $0) })
      <a class="button" href="\(url: "\(path).csv\(form.query())")">\(text: "Download as CSV")</a></p>
      """
  }

  private func empty(_ form: ShowActivity.Form) -> HTML {
    """
    <div class="empty">\(Icon.clock)
    <p><strong>\(text: form.isFiltered ? "Nothing was changed that fits." : "Nothing was changed yet.")</strong></p>
    <p class="muted">\(text: "Every change is written down here with who made it, and nobody can erase that.")</p>
    </div>
    """
  }

  private func older(_ form: ShowActivity.Form, after cursor: String) -> HTML {
    """
    <a class="button" href="\(url: "\(path)\(form.query(cursor: cursor))")">\
    \(text: "Show older ones")</a>
    """
  }

  private func row(_ entry: ListedEntry) -> HTML {
    """
    <li><div><p class="stands"><strong>\(who(entry))</strong>
    \(entry.role.map { Badge.html($0.name) })</p>
    <p>\(what(entry))</p>
    \(entry.changes.isEmpty ? nil : changes(entry))
    <p class="help">\(Moment.html(entry.at, now: now, in: found.zone))\
    \(entry.address.map { #" · <bdi>\#($0)</bdi>"# as HTML })</p></div></li>

    """
  }

  private func who(_ entry: ListedEntry) -> HTML {
    switch entry.actorKind {
    case .account:
      found.name(of: entry.actor).map { "<bdi>\($0)</bdi>" }
        ?? "\(text: Self.nameless)"
    case .apiKey: "\(text: "An API key")"
    case .operator: "\(text: "The platform's people")"
    case .platform: "\(text: "The platform")"
    }
  }

  private func what(_ entry: ListedEntry) -> HTML {
    ShopAction(rawValue: entry.action).map { "\(text: $0.sentence)" }
      ?? "<code>\(entry.action)</code>"
  }

  private func changes(_ entry: ListedEntry) -> HTML {
    """
    <dl class="changes">
    \(entry.changes.map(change))
    </dl>
    """
  }

  private func change(_ change: ListedEntry.Change) -> HTML {
    let label = Self.label(of: change.field).map { "\(text: $0)" as HTML }
    return """
      <div><dt>\(label ?? "<code>\(change.field)</code>")</dt>
      <dd>\(value(change.before).map { "<del>\($0)</del>" as HTML })
      \(value(change.after).map { "<ins>\($0)</ins>" as HTML })</dd></div>

      """
  }

  private func value(_ value: AuditValue) -> HTML? {
    switch value {
    case .nothing, .text(""): nil
    case .flag(let flag): "\(text: flag ? "Yes" : "No")"
    case .number(let number): "\(text: "\(number)")"
    case .text(let words): "<bdi>\(words)</bdi>"
    }
  }

  /// As the forms call it; nil for what no form has.
  private static func label(of field: String) -> Text? {
    switch field {
    case "name": "Name of the shop"
    case "tagline": "Tagline"
    case "accepts_orders": "Takes orders"
    case "country": "Country"
    case "currency": "Currency"
    case "slug": "Address"
    case "locale": "Language"
    case "time_zone": "Time zone"
    case "logo": "Logo"
    case "favicon": "Icon"
    case "font_family": "Typeface"
    case "minimum_order": "Smallest order"
    case "approval_threshold": "Approve orders from"
    case "allows_guest_checkout": "Buying without an account"
    case "logs_ip_addresses": "Visitors' IP addresses"
    case "cors_origins": "Sites that may use the API"
    case "shows_powered_by": "Line about Martlet"
    case "discloses_fee": "The platform's fee"
    case "shows_transaction_hashes": "Transaction hashes on invoices"
    case "primary_color": "Main colour"
    case "accent_color": "Second colour"
    default: nil
    }
  }
}
