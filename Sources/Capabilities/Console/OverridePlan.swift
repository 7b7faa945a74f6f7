import API
import Access
import Accounts
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Shops
import Web

/// What an account has instead of what it pays for.
struct PlanOverride: Sendable {
  let plan: String
  /// Nil for as many as the plan allows.
  let maxShops: Int?
  let reason: String
  /// Nil for no end.
  let endsAt: Date?

  static func of(_ account: ID<Account>) -> Query<PlanOverride> {
    query("account_plans AS mine WHERE mine.account_id = \(account)")
  }

  static func ofOwner(of shop: ID<Shop>) -> Query<PlanOverride> {
    query(
      """
      account_plans AS mine JOIN shop_roles AS role USING (account_id)
      WHERE role.shop_id = \(shop) AND role.role = 'owner'
      """)
  }

  private static func query(_ source: SQL) -> Query<PlanOverride> {
    Query("SELECT mine.plan, mine.max_shops, mine.reason, mine.ends_at FROM \(source)") {
      row throws(RowError) in
      PlanOverride(
        plan: try row.get("plan"), maxShops: try row.get("max_shops"),
        reason: try row.get("reason", as: String?.self) ?? "", endsAt: try row.get("ends_at"))
    }
  }
}

/// Giving an account a plan or an allowance of shops, with a reason and until a day.
enum OverridePlan {
  struct Form: Sendable {
    let plan: String
    let maxShops: Int?
    let reason: String
    /// The last day, in UTC.
    let lastDay: String?

    static let fields = Fields(
      Field("plan", .text(max: 40)), Field("max_shops", .optional(.integer(1...10_000))),
      Field("reason", .multiline(max: 500)), Field("last_day", .optional(.day)), as: Form.init)

    var endsAt: Date? { lastDay.flatMap(start(ofDay:)).map { $0 + 86_400 } }
  }

  enum Refusal: UserFacingError, Equatable {
    case noSuchPlan

    var code: String { "no_such_plan" }
    var status: Int { 422 }
    var userMessage: UserMessage {
      UserMessage("There is no such plan.", next: "Choose one of those on the page of prices.")
    }
  }

  static func perform(
    _ form: Form, for account: ID<Account>, by session: AccountSession, _ console: Console
  ) async throws {
    let scope = try console.scope(of: session)
    try await console.operatorDatabase().transaction(in: scope) { tx in
      guard try await tx.first(holder(account)) != nil else { throw Denial.notFound }
      do throws(PostgreSQLError) {
        try await tx.run(
          Command(
            """
            INSERT INTO account_plans (account_id, plan, max_shops, reason, ends_at)
            VALUES (\(account), \(form.plan), \(form.maxShops as Int?)::integer, \(form.reason),
                    \(form.endsAt as Date?))
            ON CONFLICT (account_id) DO UPDATE
               SET plan = excluded.plan, max_shops = excluded.max_shops, reason = excluded.reason,
                   ends_at = excluded.ends_at
            """))
      } catch {
        guard error.serverError?.state == .foreignKeyViolation else { throw error }
        throw Refusal.noSuchPlan
      }
    }
  }

  static func end(
    for account: ID<Account>, by session: AccountSession, _ console: Console
  ) async throws {
    let removed = try await console.operatorDatabase().run(
      Command("DELETE FROM account_plans WHERE account_id = \(account)"),
      in: console.scope(of: session))
    guard removed == 1 else { throw Denial.notFound }
  }

  /// The account's address.
  private static func holder(_ account: ID<Account>) -> Query<String> {
    Query(
      """
      SELECT coalesce(email, '') AS email FROM accounts
       WHERE account_id = \(account) AND state = 'active'
      """
    ) { row throws(RowError) in try row.get("email") }
  }

  // MARK: API

  static func routes(of console: Console) -> [Route] {
    [
      .api(
        .put, "/api/admin/accounts/{account}/plan", "Override an account's plan",
        for: console.accounts.confirmedOperator, takes: Form.fields, of: console.api,
        answers: [204: nil], refusals: [404, 503]
      ) { (call: Call<AccountSession, Form>, account: UUID) in
        try await perform(call.form, for: ID(account), by: call.granted, console)
        return .noContent
      },
      .api(
        .delete, "/api/admin/accounts/{account}/plan", "End the override of an account's plan",
        for: console.accounts.confirmedOperator, of: console.api, answers: [204: nil],
        refusals: [404, 503]
      ) { (call: Call<AccountSession, Void>, account: UUID) in
        try await end(for: ID(account), by: call.granted, console)
        return .noContent
      },
    ]
  }

  // MARK: Pages

  private static let pattern = "\(Site.consolePath)/accounts/{account}/plan"

  static func path(of account: ID<Account>) -> String {
    "\(Site.consolePath)/accounts/\(account)/plan"
  }

  static func pages(of console: Console) -> [Route] {
    [
      .page(.get, pattern, for: console.accounts.confirmedOperator, of: console.site) {
        (visit: Visit<AccountSession>, id: UUID) in
        let known = try await known(ID(id), for: visit.granted, console)
        let form = FilledForm(Form.fields.schema, given: known.override?.asTyped ?? .object([]))
        return .privatePage(page(form, known, in: visit.frame))
      },
      .page(
        .post, pattern, for: console.accounts.confirmedOperator, of: console.site,
        limits: RouteLimits(maximumBodyBytes: 32 << 10, accepts: [.form])
      ) { (visit: Visit<AccountSession>, id: UUID) in
        let known = try await known(ID(id), for: visit.granted, console)
        return try await visit.form(Form.fields) { form in
          try await perform(form, for: known.account, by: visit.granted, console)
          return .redirect(to: path(of: known.account), saying: .settingsSaved, of: visit.site)
        } again: {
          page($0, known, in: visit.frame)
        }
      },
    ]
  }

  struct Known: Sendable {
    let account: ID<Account>
    let email: String
    let override: PlanOverride?
    /// Names of those that may be chosen.
    let plans: [String]
  }

  private static func known(
    _ account: ID<Account>, for session: AccountSession, _ console: Console
  ) async throws -> Known {
    let (emails, overrides) = try await console.operatorDatabase().run(
      holder(account), PlanOverride.of(account), in: console.scope(of: session))
    guard let email = emails.first else { throw Denial.notFound }
    return Known(
      account: account, email: email, override: overrides.first,
      plans: try await console.shops.planNames())
  }

  static func page(_ form: FilledForm, _ known: Known, in frame: Frame) -> HTML {
    let labels: [String: Text] = [
      "plan": "Plan", "max_shops": "Shops at most", "reason": "Reason", "last_day": "Last day",
    ]
    return ConsolePage(
      part: .shops, title: "Change plan and allowance",
      main: """
        <p><bdi>\(known.email)</bdi></p>
        \(form.summary(labels: labels))
        <form method="post" action="\(url: path(of: known.account))" class="stack">
        \(form.select("plan", label: "Plan", chosen: "", options: known.plans.map { ($0, "\($0)") }))
        \(form.field("max_shops", label: "Shops at most", help: "Leave it empty for as many as the plan allows."))
        \(form.area("reason", label: "Reason", rows: 3))
        \(form.field("last_day", label: "Last day", help: "Such as \("2027-03-31"). Leave it empty for no end."))
        <div class="actions"><button class="button primary">\(text: "Save")</button></div>
        </form>
        """
    ).html(in: frame)
  }

  static func words(_ override: PlanOverride, _ clock: ReaderClock) -> HTML {
    """
    <p>\(text: "Plan given by the platform:") <bdi>\(override.plan)</bdi>
    \(override.maxShops.map { #"\#(text: "\(count: $0) shops")"# as HTML })
    \(override.endsAt.map { #"\#(text: "until \(day: $0 - 1, in: .gmt)")"# as HTML })</p>
    <p class="help" dir="auto">\(override.reason)</p>
    """
  }
}

extension PlanOverride {
  /// As its form shows it.
  fileprivate var asTyped: InputValue {
    let lastDay = endsAt.map { ($0 - 1).formatted(.iso8601.year().month().day()) }
    return .object([
      .init("plan", .string(plan)), .init("max_shops", .string(maxShops.map { "\($0)" } ?? "")),
      .init("reason", .string(reason)), .init("last_day", .string(lastDay ?? "")),
    ])
  }
}

extension Kind where Value == String {
  /// A day of the calendar as ISO 8601 writes it.
  fileprivate static var day: Kind {
    Kind<String>.matching("date", length: 10...10) { start(ofDay: $0) == nil ? nil : $0 }
  }
}

/// In UTC; nil for what is no day.
private func start(ofDay text: String) -> Date? {
  try? Date(text + "T00:00:00Z", strategy: .iso8601)
}
