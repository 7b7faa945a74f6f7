import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Another name in a shop's addresses. The one before leads there for 90 days.
enum RenameShop {
  struct Form: Sendable {
    let slug: String

    static let fields = Fields(Field("slug", .text(max: 60)), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case slugUnusable, slugTaken, tooManyNames

    var code: String {
      switch self {
      case .slugUnusable: "slug_unusable"
      case .slugTaken: "slug_taken"
      case .tooManyNames: "too_many_slugs"
      }
    }

    var status: Int { self == .slugTaken ? 409 : 422 }

    var userMessage: UserMessage {
      switch self {
      case .slugUnusable: OpenShop.Refusal.slugUnusable.userMessage
      case .slugTaken: OpenShop.Refusal.slugTaken.userMessage
      case .tooManyNames:
        UserMessage(
          "This shop has had as many addresses as one can have.",
          next: "Take one that it had before.")
      }
    }
  }

  static func decide(_ form: Form) throws(Refusal) -> ShopSlug {
    guard let slug = ShopSlug(form.slug.lowercased()) else { throw .slugUnusable }
    return slug
  }

  nonisolated(nonsending) static func perform(
    _ form: Form, by member: StaffMember, in tx: Transaction, at now: Date
  ) async throws -> ShopRow {
    let slug = try decide(form)
    do {
      try await tx.run(Command("SELECT app.rename_shop(\(slug.text), \(now))"))
    } catch {
      throw refusal(in: error) ?? error
    }
    return try await tx.one(ShopRow.find(in: member.scope))
  }

  /// As `app.rename_shop` raises them.
  private static func refusal(in error: PostgreSQLError) -> (any Error)? {
    switch error.serverError?.state {
    case SQLState("MS002"): Refusal.slugTaken
    case SQLState("MS003"): Refusal.tooManyNames
    default: nil
    }
  }

  // MARK: API

  static func route(of shops: Shops) -> Route {
    .api(
      .post, "/api/shops/{shop}/slug", "Give a shop another address",
      for: shops.staff(.writeSettings, confirmed: true), takes: Form.fields, of: shops.api,
      answers: [200: ShopView.schema], refusals: [409]
    ) { (call: Call<StaffMember, Form>, _: String) in
      let (member, form, now) = (call.granted, call.form, shops.now)
      let answer = try await call.transaction(in: member.scope) { tx in
        let row = try await perform(form, by: member, in: tx, at: now)
        return try Answer(200, ShopView(row, of: shops))
      }
      shops.directory.forget("\(member.shop)")
      return answer
    }
  }

  // MARK: Page

  static func pages(of shops: Shops) -> [Route] {
    let path = "/dashboard/{shop}/address"
    return [
      .page(.get, path, for: shops.staff(.writeSettings, confirmed: true), of: shops.site) {
        (visit: Visit<StaffMember>, _: String) in
        let given = InputValue.object([.init("slug", .string(visit.granted.membership.slug))])
        let form = FilledForm(Form.fields.schema, given: given)
        return .privatePage(page(form, visit.granted, of: shops, in: visit.frame))
      },
      .page(
        .post, path, for: shops.staff(.writeSettings, confirmed: true), of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { (visit: Visit<StaffMember>, _: String) in
        let (member, now) = (visit.granted, shops.now)
        return try await visit.form(Form.fields) { form in
          let row = try await shops.database.transaction(in: member.scope) { tx in
            try await perform(form, by: member, in: tx, at: now)
          }
          shops.directory.forget("\(member.shop)")
          let path = ShopPage.Part.settings.path(of: row.slug)
          return .redirect(to: path, saying: .settingsSaved, of: visit.site)
        } again: {
          page($0, member, of: shops, in: visit.frame)
        }
      },
    ]
  }

  static func path(of slug: String) -> String { "\(ShowShopHome.path(of: slug))/address" }

  static func page(
    _ form: FilledForm, _ member: StaffMember, of shops: Shops, in frame: Frame
  ) -> HTML {
    let slug = member.membership.slug
    return ShopPage(
      member: member, part: .settings, title: "Change the shop's address",
      main: """
        <section class="section">
        <p class="lede">\(text: "Your shop is at") <bdi dir="ltr">\(shops.storefrontURL(of: slug))</bdi></p>
        \(form.summary(labels: ["slug": "Address"]))
        <form method="post" action="\(url: path(of: slug))" class="stack">
        \(form.field("slug", label: "Address", help: "Letters, digits and hyphens. The address that you have now leads to the new one for 90 days."))
        <div class="actions"><button class="button primary">\(text: "Change the shop's address")</button>
        <a class="button" href="\(url: ShopPage.Part.settings.path(of: slug))">\(text: "Back to the settings")</a></div>
        </form>
        </section>
        """
    ).html(in: frame)
  }
}
