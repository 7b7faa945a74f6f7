import API
import Access
import Accounts
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// A shop's own terms, returns and privacy texts, each in a new version when it changes.
enum PublishPolicy {
  struct Form: Sendable {
    /// Blank withdraws the text.
    let words: String

    static let fields = Fields(
      Field("words", .optional(.multiline(max: 20_000), default: "")), as: Form.init)
  }

  /// - Returns: The version in force, which is the old one where nothing was changed.
  nonisolated(nonsending) static func perform(
    _ form: Form, of kind: ShopPolicy.Kind, by member: StaffMember, in tx: Transaction,
    at now: Date
  ) async throws -> ShopPolicy {
    // Two at once would both take the next number.
    try await tx.run(
      Command("SELECT FROM shops WHERE shop_id = \(member.shop) FOR NO KEY UPDATE"))
    let last = try await tx.first(ShopPolicy.find(kind, version: nil, in: member.scope))
    if let last, last.words == form.words { return last }
    let next = ShopPolicy(
      kind: kind, version: (last?.version ?? 0) + 1, words: form.words, publishedAt: now)
    try await tx.run(next.insert(in: member.scope, by: member.account))
    return next
  }

  // MARK: API

  struct View: Encodable, Sendable {
    let kind: ShopPolicy.Kind
    let version: Int
    let words: String
    let publishedAt: Date

    init(_ policy: ShopPolicy) {
      kind = policy.kind
      version = policy.version
      words = policy.words
      publishedAt = policy.publishedAt
    }

    static let schema = Schema.answer([
      "kind": .choice(ShopPolicy.Kind.allCases.map(\.rawValue)),
      "version": .integer(1...Int.max), "words": .words(20_000), "published_at": .time,
    ])
  }

  struct Answered: Encodable, Sendable { let data: [View] }

  static func routes(of shops: Shops) -> [Route] {
    [
      .api(
        .get, "/api/shops/{shop}/policies", "A shop's own policies", for: shops.staff(.readShop),
        of: shops.api,
        answers: [200: .answer(["data": .list(of: View.schema, count: 0...3)])]
      ) { (call: Call<StaffMember, Void>, _: String) in
        let scope = call.granted.scope
        let policies = try await shops.database.all(ShopPolicy.inForce(in: scope), in: scope)
        return try Answer(200, Answered(data: policies.map(View.init)))
      },
      .api(
        .put, "/api/shops/{shop}/policies/{kind}", "Publish a policy of a shop",
        for: shops.staff(.writeSettings), takes: Form.fields, of: shops.api,
        answers: [200: View.schema]
      ) { (call: Call<StaffMember, Form>, _: String, kind: String) in
        guard let kind = ShopPolicy.Kind(rawValue: kind) else { throw Denial.notFound }
        let (member, form) = (call.granted, call.form)
        let policy = try await shops.database.transaction(in: member.scope) { tx in
          try await perform(form, of: kind, by: member, in: tx, at: shops.now)
        }
        return try Answer(200, View(policy))
      },
    ]
  }

  // MARK: Pages of the dashboard

  static func path(of slug: String) -> String { "\(ShowShopHome.path(of: slug))/policies" }

  static func pages(of shops: Shops) -> [Route] {
    let pattern = "/dashboard/{shop}/policies"
    return [
      .page(.get, pattern, for: shops.staff(.writeSettings), of: shops.site) {
        (visit: Visit<StaffMember>, _: String) in
        let scope = visit.granted.scope
        let policies = try await shops.database.all(ShopPolicy.inForce(in: scope), in: scope)
        return .privatePage(list(policies, visit.granted, in: visit.frame))
      },
      .page(.get, "\(pattern)/{kind}", for: shops.staff(.writeSettings), of: shops.site) {
        (visit: Visit<StaffMember>, _: String, kind: String) in
        guard let kind = ShopPolicy.Kind(rawValue: kind) else { throw Denial.notFound }
        let scope = visit.granted.scope
        let policy = try await shops.database.first(
          ShopPolicy.find(kind, version: nil, in: scope), in: scope)
        let given = InputValue.object([.init("words", .string(policy?.words ?? ""))])
        let form = FilledForm(Form.fields.schema, given: given)
        return .privatePage(page(form, kind, visit.granted, in: visit.frame))
      },
      .page(
        .post, "\(pattern)/{kind}", for: shops.staff(.writeSettings), of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 256 << 10, accepts: [.form])
      ) { (visit: Visit<StaffMember>, _: String, kind: String) in
        guard let kind = ShopPolicy.Kind(rawValue: kind) else { throw Denial.notFound }
        let member = visit.granted
        return try await visit.form(Form.fields) { form in
          _ = try await shops.database.transaction(in: member.scope) { tx in
            try await perform(form, of: kind, by: member, in: tx, at: shops.now)
          }
          let path = path(of: member.membership.slug)
          return .redirect(to: path, saying: .policyPublished, of: visit.site)
        } again: {
          page($0, kind, member, in: visit.frame)
        }
      },
    ]
  }

  static func list(
    _ policies: [ShopPolicy], _ member: StaffMember, in frame: Frame
  ) -> HTML {
    ShopPage(
      member: member, part: .settings, title: "Policies",
      main: """
        <p class="lede">\(text: "Your buyers read these on your storefront. Every version stays readable.")</p>
        <ul class="rows">
        \(ShopPolicy.Kind.allCases.map { kind in row(kind, policies.first { $0.kind == kind }, member) })
        </ul>
        """
    ).html(in: frame)
  }

  private static func row(
    _ kind: ShopPolicy.Kind, _ policy: ShopPolicy?, _ member: StaffMember
  ) -> HTML {
    let isThere = policy.map { !$0.words.isEmpty } ?? false
    return """
      <li><a href="\(url: "\(path(of: member.membership.slug))/\(kind.rawValue)")">\(text: kind.name)</a>
      \(isThere ? Badge.html("Version \(policy?.version ?? 0)", .good) : Badge.html("None yet"))</li>

      """
  }

  static func page(
    _ form: FilledForm, _ kind: ShopPolicy.Kind, _ member: StaffMember, in frame: Frame
  ) -> HTML {
    let path = path(of: member.membership.slug)
    return ShopPage(
      member: member, part: .settings, title: kind.name,
      main: """
        \(form.summary(labels: ["words": "Text"]))
        <form method="post" action="\(url: "\(path)/\(kind.rawValue)")" class="stack">
        \(form.area("words", label: "Text", help: "An empty line ends a paragraph. An empty text takes it off your storefront.", rows: 16))
        <div class="actions"><button class="button primary">\(text: "Publish")</button>
        <a href="\(url: path)">\(text: "Back to the policies")</a></div>
        </form>
        """
    ).html(in: frame)
  }
}

/// A shop's policies as its buyers read them.
enum ShowShopPolicy {
  static func pages(of shops: Shops) -> [Route] {
    [
      .page(.get, "/policies/{kind}", on: .subdomain, for: shops.visitor, of: shops.site) {
        (visit: Visit<VisitedShop>, kind: String) in
        try await show(kind, version: nil, visit, shops)
      },
      .page(
        .get, "/policies/{kind}/{version}", on: .subdomain, for: shops.visitor, of: shops.site
      ) { (visit: Visit<VisitedShop>, kind: String, version: Int) in
        try await show(kind, version: version, visit, shops)
      },
    ]
  }

  private static func show(
    _ kind: String, version: Int?, _ visit: Visit<VisitedShop>, _ shops: Shops
  ) async throws -> Response {
    let scope = visit.granted.scope
    guard let kind = ShopPolicy.Kind(rawValue: kind),
      version.map({ $0 > 0 && $0 < 1 << 31 }) ?? true
    else { throw Denial.notFound }
    let policy = try await shops.database.first(
      ShopPolicy.find(kind, version: version, in: scope), in: scope)
    guard let policy, !policy.words.isEmpty else { throw Denial.notFound }
    return .page(page(policy, in: visit.frame))
  }

  static func page(_ policy: ShopPolicy, in frame: Frame) -> HTML {
    Page(
      title: policy.kind.name, styles: ["reading.css"],
      main: """
        <article class="wrap reading">
        <h1>\(text: policy.kind.name)</h1>
        <p class="muted">\(text: "Version \(policy.version), in force since \(day: policy.publishedAt, in: .gmt)")</p>
        \(policy.paragraphs.map { #"<p dir="auto">\#(String($0))</p>"# as HTML })
        </article>
        """
    ).html(in: frame)
  }
}
