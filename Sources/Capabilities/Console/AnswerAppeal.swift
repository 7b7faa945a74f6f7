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

/// Turning down what those who run a shop said against its suspension or termination. To restore it answers
/// too.
enum AnswerAppeal {
  struct Form: Sendable {
    let answer: String

    static let fields = Fields(Field("answer", .multiline(max: 1_000)), as: Form.init)
  }

  static func answerOpen(
    of shop: ID<Shop>, _ answer: String, by session: AccountSession, at now: Date
  ) -> Command {
    Command(
      """
      UPDATE shop_appeals
         SET answer = \(answer), answered_by = \(session.account), answered_at = \(now)
       WHERE shop_id = \(shop) AND answered_at IS NULL
      """)
  }

  static func perform(
    _ form: Form, of shop: ID<Shop>, by session: AccountSession, _ console: Console
  ) async throws {
    let scope = try console.scope(of: session)
    try await console.operatorDatabase().transaction(in: scope) { tx in
      let answered = try await tx.run(
        answerOpen(of: shop, form.answer, by: session, at: console.now))
      guard answered == 1 else { throw Denial.notFound }
    }
  }

  static func route(of console: Console) -> Route {
    .api(
      .post, "/api/admin/shops/{shop}/answer-appeal", "Turn down a shop's appeal",
      for: console.accounts.platformOperator, takes: Form.fields, of: console.api,
      answers: [204: nil], refusals: [404, 503], isExempt: true
    ) { (call: Call<AccountSession, Form>, shop: UUID) in
      try await perform(call.form, of: ID(shop), by: call.granted, console)
      return .noContent
    }
  }

  // MARK: Page

  static func page(of console: Console) -> Route {
    .page(
      .post, "\(FindShops.path)/{shop}/answer-appeal", for: console.accounts.platformOperator,
      of: console.site, limits: RouteLimits(maximumBodyBytes: 32 << 10, accepts: [.form])
    ) { (visit: Visit<AccountSession>, id: UUID) in
      let details = try await ShowShop.details(ID(id), for: visit.granted, by: console)
      return try await visit.form(Form.fields) { form in
        try await perform(form, of: ID(id), by: visit.granted, console)
        return .redirect(to: ShowShop.path(of: ID(id)), saying: .stepTaken, of: visit.site)
      } again: {
        ShowShop.page(details, answer: $0, visit.granted, of: console, in: visit.frame)
      }
    }
  }

  static func html(_ form: FilledForm, of shop: ID<Shop>) -> HTML {
    """
    \(form.summary(labels: ["answer": "Answer"]))
    <form method="post" action="\(url: "\(ShowShop.path(of: shop))/answer-appeal")" class="stack">
    \(form.area("answer", label: "Answer", help: "Those who run the shop read it.", rows: 4))
    <div class="actions"><button class="button">\(text: "Turn the appeal down")</button></div>
    </form>
    """
  }
}
