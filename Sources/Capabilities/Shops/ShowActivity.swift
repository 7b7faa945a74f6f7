import API
import Access
import Audit
import CSV
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// What was changed in a shop, the newest first: for people, for programs, and as a table to take away.
enum ShowActivity {
  struct Form: Sendable {
    let paging: Paging
    let actor: ID<Account>?
    let action: ShopAction?
    let target: String?
    /// And `to`: days of the shop's time zone, both included.
    let from: String?
    let to: String?

    static let fields = Fields(
      Paging.limitField, Paging.cursorField, Field("actor", .optional(.accountID)),
      Field("action", .optional(.choice(of: ShopAction.self))),
      Field("target", .optional(.text(max: 200))), Field("from", .optional(.day)),
      Field("to", .optional(.day))
    ) { limit, cursor, actor, action, target, from, to in
      Form(
        paging: Paging(limit: limit, cursor: cursor), actor: actor, action: action,
        target: target, from: from, to: to)
    }

    var isFiltered: Bool { !pairs.isEmpty }

    func filter(in zone: TimeZone) -> AuditFilter {
      let lastDay = to.flatMap { Days.start(of: $0, in: zone) }
      return AuditFilter(
        actor: actor, action: action?.rawValue, target: target,
        from: from.flatMap { Days.start(of: $0, in: zone) },
        until: lastDay.map { Days.next(after: $0, in: zone) })
    }

    /// As an address carries them, without the place in the list.
    private var pairs: [(String, String)] {
      [
        ("actor", actor?.description), ("action", action?.rawValue), ("target", target),
        ("from", from), ("to", to),
      ].compactMap { name, value in value.map { (name, $0) } }
    }

    /// With its question mark; nothing where nothing is asked.
    func query(cursor: String? = nil) -> String {
      let all = pairs + (cursor.map { [("cursor", $0)] } ?? [])
      guard !all.isEmpty else { return "" }
      return "?" + all.map { "\($0)=\($1.queryEncoded)" }.joined(separator: "&")
    }
  }

  /// A part of the log, with what its people are called.
  struct Found: Sendable {
    let entries: [ListedEntry]
    let people: [NamedActor]
    let zone: TimeZone

    func name(of actor: ID<Account>?) -> String? {
      people.first { $0.id == actor }.flatMap { $0.name.isEmpty ? nil : $0.name }
    }

    func listed(_ form: Form) throws -> Listed<Item> {
      try Listed(entries, form.paging, position: \.position) { Item($0, in: self) }
    }
  }

  static func perform(
    _ form: Form, from position: ListedEntry.Position?, count: Int, in scope: ShopScope,
    of shops: Shops
  ) async throws -> Found {
    let row = try await shops.database.one(ShopRow.find(in: scope), in: scope)
    let zone = TimeZone(identifier: row.timeZone) ?? .gmt
    let entries = try await shops.database.all(
      ListedEntry.all(in: scope, form.filter(in: zone), before: position, count: count),
      in: scope)
    let actors = Set(entries.compactMap(\.actor))
    let people = try await shops.database.all(NamedActor.all(among: actors), in: scope)
    return Found(entries: entries, people: people, zone: zone)
  }

  static func routes(of shops: Shops) -> [Route] {
    [route(of: shops), page(of: shops), table(of: shops)]
  }

  // MARK: API

  struct Item: Encodable, Sendable {
    struct Actor: Encodable, Sendable {
      let kind: String
      @OrNull var id: String?
      @OrNull var name: String?
    }
    struct Target: Encodable, Sendable {
      let kind: String
      let id: String
    }
    struct Change: Encodable, Sendable {
      let field: String
      @OrNull var before: String?
      @OrNull var after: String?
    }
    let id: String
    let at: Date
    let actor: Actor
    @OrNull var role: String?
    let action: String
    let target: Target
    let changes: [Change]
    @OrNull var address: String?
    @OrNull var requestId: String?
    @OrNull var sequence: Int?

    init(_ entry: ListedEntry, in found: Found) {
      id = "\(entry.id)"
      at = entry.at
      actor = Actor(
        kind: entry.actorKind.rawValue, id: entry.actor?.description,
        name: found.name(of: entry.actor))
      _role = OrNull(wrappedValue: entry.role?.rawValue)
      action = entry.action
      target = Target(kind: entry.targetKind, id: entry.targetID)
      changes = entry.changes.map {
        Change(field: $0.field, before: $0.before.plain, after: $0.after.plain)
      }
      _address = OrNull(wrappedValue: entry.address)
      _requestId = OrNull(wrappedValue: entry.requestID)
      _sequence = OrNull(wrappedValue: entry.sequence)
    }

    static let schema = Schema.answer([
      "id": .id, "at": .time,
      "actor": .answer([
        "kind": .choice(AuditActor.Kind.allCases.map(\.rawValue)), "id": .nullable(.id),
        "name": .nullable(.words(200)),
      ]),
      "role": .nullable(.choice(StaffRole.allCases.map(\.rawValue))), "action": .words(64),
      "target": .answer(["kind": .words(64), "id": .words(200)]),
      "changes": .list(
        of: .answer([
          "field": .words(64), "before": .nullable(.words(200)), "after": .nullable(.words(200)),
        ]), count: 0...100),
      "address": .nullable(.words(64)), "request_id": .nullable(.words(64)),
      "sequence": .nullable(.integer(1...Int.max)),
    ])
  }

  private static func route(of shops: Shops) -> Route {
    .api(
      .get, "/api/shops/{shop}/audit", "What was changed in a shop", for: shops.staff(.readAudit),
      takes: Form.fields, of: shops.api, answers: [200: .listed(Item.schema)], refusals: [400]
    ) { (call: Call<StaffMember, Form>, _: String) in
      let paging = call.form.paging
      let found = try await perform(
        call.form, from: try paging.start(), count: paging.rowsToRead, in: call.granted.scope,
        of: shops)
      return try Answer(200, found.listed(call.form))
    }
  }

  // MARK: Page

  private static func page(of shops: Shops) -> Route {
    .page(.get, "/dashboard/{shop}/activity", for: shops.staff(.readAudit), of: shops.site) {
      (visit: Visit<StaffMember>, _: String) in
      let asked = visit.request.query
      do {
        let form = try Form.fields.parse(asked)
        let found = try await perform(
          form, from: try form.paging.start(), count: form.paging.rowsToRead,
          in: visit.granted.scope, of: shops)
        let page = ActivityPage(
          member: visit.granted, filled: FilledForm(Form.fields.schema, given: asked), form: form,
          found: found, now: shops.now)
        return .privatePage(try page.html(in: visit.frame))
      } catch let invalid as InvalidInput {
        // Nothing is shown for a question that was not understood.
        let filled = FilledForm(Form.fields.schema, given: asked, errors: invalid.errors)
        let page = ActivityPage(
          member: visit.granted, filled: filled, form: nil,
          found: Found(entries: [], people: [], zone: .gmt), now: shops.now)
        return .privatePage(try page.html(in: visit.frame), status: invalid.status)
      }
    }
  }

  // MARK: As a table

  private static let columns = [
    "time", "actor_kind", "actor_id", "actor_name", "role", "action", "target_kind", "target_id",
    "changes", "address", "request_id", "sequence",
  ]

  private static func table(of shops: Shops) -> Route {
    .page(.get, "/dashboard/{shop}/activity.csv", for: shops.staff(.readAudit), of: shops.site) {
      (visit: Visit<StaffMember>, _: String) in
      let form = try Form.fields.parse(visit.request.query)
      let member = visit.granted
      var response = Response.stream(type: "text/csv; charset=utf-8") { writer in
        try await writer.write(CSV.byteOrderMark + CSV.line(columns))
        var position: ListedEntry.Position?
        repeat {
          let found = try await perform(
            form, from: position, count: 1_000, in: member.scope, of: shops)
          position = found.entries.count == 1_000 ? found.entries.last?.position : nil
          try await writer.write(found.entries.map { CSV.line(cells($0, in: found)) }.joined())
        } while position != nil
      }
      response.headers.append("Cache-Control", "no-store")
      response.headers.append(
        "Content-Disposition",
        #"attachment; filename="\#(member.membership.slug)-activity.csv""#)
      return response
    }
  }

  private static func cells(_ entry: ListedEntry, in found: Found) -> [String] {
    let changes = entry.changes.map {
      "\($0.field): \($0.before.plain ?? "") → \($0.after.plain ?? "")"
    }
    return [
      entry.at.formatted(.iso8601), entry.actorKind.rawValue, entry.actor?.description ?? "",
      found.name(of: entry.actor) ?? "", entry.role?.rawValue ?? "", entry.action,
      entry.targetKind, entry.targetID, changes.joined(separator: "\n"), entry.address ?? "",
      entry.requestID ?? "", entry.sequence.map(String.init) ?? "",
    ]
  }
}

/// Days as people write them, 2026-11-20, in a time zone.
enum Days {
  static func start(of day: String, in zone: TimeZone) -> Date? {
    try? Date.ISO8601FormatStyle(timeZone: zone).year().month().day().parse(day)
  }

  static func next(after start: Date, in zone: TimeZone) -> Date {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    return calendar.date(byAdding: .day, value: 1, to: start) ?? start + 86_400
  }
}

extension Kind where Value == String {
  fileprivate static var day: Kind {
    .matching("date", length: 10...10) { text in
      let digits = text.withLatinDigits
      return Days.start(of: digits, in: .gmt) == nil ? nil : digits
    }
  }
}
