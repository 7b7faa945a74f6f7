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

/// What those who run a shop say against its suspension or termination.
enum AppealDecision {
  struct Form: Sendable {
    let words: String

    static let fields = Fields(Field("words", .multiline(max: 4_000)), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case nothingToAppeal
    case alreadyAppealed

    var code: String {
      switch self {
      case .nothingToAppeal: "nothing_to_appeal"
      case .alreadyAppealed: "already_appealed"
      }
    }

    var status: Int { 409 }

    var userMessage: UserMessage {
      switch self {
      case .nothingToAppeal:
        UserMessage(
          "This shop is neither suspended nor terminated.", next: "Go back to your dashboard.")
      case .alreadyAppealed:
        UserMessage("Your appeal is with us already.", next: "Wait for the answer.")
      }
    }
  }

  nonisolated(nonsending) static func perform(
    _ form: Form, by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws {
    guard ShopState(rawValue: member.membership.state)?.canBeAppealed == true else {
      throw Refusal.nothingToAppeal
    }
    let insert = Command(
      """
      INSERT INTO shop_appeals (shop_id, id, account_id, words, sent_at)
      VALUES (\(member.shop), \(shops.context.newID(ShopAppeal.self)), \(member.account as ID<Account>?),
              \(form.words), \(shops.now))
      ON CONFLICT (shop_id) WHERE answered_at IS NULL DO NOTHING
      """)
    guard try await tx.run(insert) == 1 else { throw Refusal.alreadyAppealed }
  }

  // MARK: API

  static func route(of shops: Shops) -> Route {
    .api(
      .post, "/api/shops/{shop}/appeals", "Appeal against a suspension",
      for: shops.staff(.writeSettings), takes: Form.fields, of: shops.api, answers: [202: nil],
      refusals: [409]
    ) { (call: Call<StaffMember, Form>, _: String) in
      let (member, form) = (call.granted, call.form)
      return try await call.transaction(in: member.scope) { tx in
        try await perform(form, by: member, in: tx, of: shops)
        return .accepted
      }
    }
  }

  // MARK: Pages

  /// What was decided and what was said against it, each the newest first.
  struct Standing: Sendable {
    let transitions: [ShopTransition]
    let appeals: [ShopAppeal]

    var hasOpenAppeal: Bool { appeals.first.map { $0.answer == nil } ?? false }
  }

  static func standing(of member: StaffMember, _ shops: Shops) async throws -> Standing {
    let (transitions, appeals) = try await shops.database.run(
      ShopTransition.last(1, of: member.shop), ShopAppeal.last(1, of: member.shop),
      in: member.scope)
    return Standing(transitions: transitions, appeals: appeals)
  }

  static func path(of slug: String) -> String { "\(ShowShopHome.path(of: slug))/appeal" }

  static func pages(of shops: Shops) -> [Route] {
    let pattern = "/dashboard/{shop}/appeal"
    return [
      .page(.get, pattern, for: shops.staff(.writeSettings), of: shops.site) {
        (visit: Visit<StaffMember>, _: String) in
        let standing = try await standing(of: visit.granted, shops)
        let form = FilledForm(Form.fields.schema)
        return .privatePage(page(form, standing, visit.granted, in: visit.frame))
      },
      .page(
        .post, pattern, for: shops.staff(.writeSettings), of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 32 << 10, accepts: [.form])
      ) { (visit: Visit<StaffMember>, _: String) in
        let member = visit.granted
        let standing = try await standing(of: member, shops)
        return try await visit.form(Form.fields) { form in
          try await shops.database.transaction(in: member.scope) { tx in
            try await perform(form, by: member, in: tx, of: shops)
          }
          return .redirect(
            to: path(of: member.membership.slug), saying: .appealSent, of: visit.site)
        } again: {
          page($0, standing, member, in: visit.frame)
        }
      },
    ]
  }

  static func page(
    _ form: FilledForm, _ standing: Standing, _ member: StaffMember, in frame: Frame
  ) -> HTML {
    let state = ShopState(rawValue: member.membership.state)
    let canAppeal = state?.canBeAppealed == true && !standing.hasOpenAppeal
    return ShopPage(
      member: member, part: .home, title: "How your shop stands",
      main: """
        <p class="stands">\(state?.badge)</p>
        \(standing.transitions.first.flatMap(decision))
        \(standing.appeals.first.map(appeal))
        \(canAppeal ? self.form(form, member) : nil)
        """
    ).html(in: frame)
  }

  private static func decision(_ step: ShopTransition) -> HTML? {
    guard !step.reason.isEmpty else { return nil }
    return """
      <section class="section"><h2>\(text: "The reason")</h2>
      <p class="told" dir="auto">\(step.reason)</p>
      \(step.appeal.isEmpty ? nil : #"<h2>\#(text: "How to appeal")</h2><p class="told" dir="auto">\#(step.appeal)</p>"# as HTML)
      </section>
      """
  }

  private static func appeal(_ appeal: ShopAppeal) -> HTML {
    """
    <section class="section"><h2>\(text: "Your appeal")</h2>
    <p class="told" dir="auto">\(appeal.words)</p>
    \(appeal.answer.map { #"<h2>\#(text: "Our answer")</h2><p class="told" dir="auto">\#($0)</p>"# as HTML } ?? Notice.html("We have it, and answer here.", .info))
    </section>
    """
  }

  private static func form(_ form: FilledForm, _ member: StaffMember) -> HTML {
    """
    <section class="section"><h2>\(text: "Appeal")</h2>
    \(form.summary(labels: ["words": "What you say to it"]))
    <form method="post" action="\(url: path(of: member.membership.slug))" class="stack">
    \(form.area("words", label: "What you say to it"))
    <div class="actions"><button class="button primary">\(text: "Send the appeal")</button></div>
    </form></section>
    """
  }

  /// At the top of a shop's home; nothing for a shop that is open.
  static func notice(_ member: StaffMember) -> HTML? {
    let slug = member.membership.slug
    let notice: HTML
    switch ShopState(rawValue: member.membership.state) {
    case .suspended: notice = Notice.html("Your shop is suspended.", .warn)
    case .terminated: notice = Notice.html("Your shop is terminated.", .bad)
    case .closed: return Notice.html("Your shop is closed.", .info)
    case .pending, .active, nil: return nil
    }
    let mayAppeal = member.permissions.contains(.writeSettings)
    return """
      \(notice)
      \(mayAppeal ? #"<p><a href="\#(url: path(of: slug))">\#(text: "See why, and appeal")</a></p>"# as HTML : nil)
      """
  }
}

extension ShopState {
  fileprivate var canBeAppealed: Bool {
    switch self {
    case .suspended, .terminated: true
    case .pending, .active, .closed: false
    }
  }
}
