import API
import Access
import Accounts
import Audit
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Opening a shop: one form, and it is there.
enum OpenShop {
  struct Form: Sendable {
    let name: String
    let country: String
    let currency: String
    /// Nil: made of the name.
    let slug: String?

    static let fields = Fields(
      Field("name", .text(max: 120)), Field("country", .choice(Countries.codes)),
      Field("currency", .choice(Countries.currencies)),
      Field("slug", .optional(.text(max: 60))), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case slugUnusable
    case slugTaken
    case allowanceUsedUp

    var code: String {
      switch self {
      case .slugUnusable: "slug_unusable"
      case .slugTaken: "slug_taken"
      case .allowanceUsedUp: "shop_allowance_used_up"
      }
    }

    var status: Int { self == .slugTaken ? 409 : 422 }

    var userMessage: UserMessage {
      switch self {
      case .slugUnusable:
        UserMessage(
          "That address cannot be used.",
          next: "Take 3 to 40 small letters, digits and single hyphens.")
      case .slugTaken:
        UserMessage("That address is another shop's.", next: "Choose another one.")
      case .allowanceUsedUp:
        UserMessage(
          "Your plan has no room for another shop.",
          next: "Close a shop that you no longer need, or take a larger plan.")
      }
    }
  }

  /// The addresses to try, in this order: the one that was asked for, or some that are made of the name.
  static func candidates(
    for form: Form, random: () -> UInt64
  ) throws(Refusal) -> [ShopSlug] {
    if let asked = form.slug {
      guard let slug = ShopSlug(asked.lowercased()) else { throw .slugUnusable }
      return [slug]
    }
    let named = ShopSlug(of: form.name)
    guard let base = named ?? ShopSlug("my-shop") else { throw .slugUnusable }
    let numbered = (1...5).compactMap { _ in base.numbered(random()) }
    return (named.map { [$0] } ?? []) + numbered
  }

  nonisolated(nonsending) static func perform(
    _ form: Form, by session: AccountSession, from origin: RequestOrigin, in tx: Transaction,
    of shops: Shops
  ) async throws -> ShopRow {
    let slugs = try candidates(for: form, random: shops.context.random)
    let open = ShopRow.query(
      from: """
        app.open_shop(
          \(shops.context.newID(Shop.self)), \(slugs.map(\.text)), \(form.name), \(form.country), \(form.currency),
          \(Language.current.code), \(session.timeZone), \(shops.context.newID(Shop.self)),
          \(shops.now))
        """)
    do {
      let opened = try await tx.one(open)
      try await tx.run(
        shops.audit(
          .shopOpened, of: opened.id, by: session, from: origin, after: opened.auditedAtOpening))
      return opened
    } catch {
      throw refusal(in: error) ?? error
    }
  }

  /// As `app.open_shop` raises them.
  private static func refusal(in error: PostgreSQLError) -> (any Error)? {
    switch error.serverError?.state {
    case SQLState("MS001"): Refusal.allowanceUsedUp
    case SQLState("MS002"): Refusal.slugTaken
    default: nil
    }
  }

  // MARK: API

  static func route(of shops: Shops) -> Route {
    .api(
      .post, "/api/shops", "Open a shop", for: shops.accounts.agreed, takes: Form.fields,
      of: shops.api, answers: [201: ShopView.schema], refusals: [403, 409]
    ) { call in
      let (form, session, origin) = (call.form, call.granted, RequestOrigin(call.request))
      return try await call.transaction(in: session.scope) { tx in
        let opened = try await perform(form, by: session, from: origin, in: tx, of: shops)
        return try Answer(201, ShopView(opened, of: shops))
      }
    }
  }

  // MARK: Pages

  static let path = "/dashboard/new"

  static func pages(of shops: Shops) -> [Route] {
    [
      .page(.get, path, for: shops.accounts.agreed, of: shops.site) { visit in
        .privatePage(page(FilledForm(Form.fields.schema), in: visit.frame))
      },
      .page(
        .post, path, for: shops.accounts.agreed, of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
      ) { visit in
        let (session, origin) = (visit.granted, RequestOrigin(visit.request))
        return try await visit.form(Form.fields) { form in
          let opened = try await shops.database.transaction(in: session.scope) { tx in
            try await perform(form, by: session, from: origin, in: tx, of: shops)
          }
          return .redirect(
            to: ShowShopHome.path(of: opened.slug), saying: .shopOpened, of: visit.site)
        } again: {
          page($0, in: visit.frame)
        }
      },
    ]
  }

  static func page(_ form: FilledForm, in frame: Frame) -> HTML {
    let labels: [String: Text] = [
      "name": "Name of the shop", "country": "Country", "currency": "Currency", "slug": "Address",
    ]
    return Page.sheet(
      title: "Open a shop",
      main: """
        <h1>\(text: "Open a shop")</h1>
        <p class="lede">\(text: "It is on the web at once. Everything here can be changed later, but for the currency once you sell.")</p>
        \(form.summary(labels: labels))
        <form method="post" action="\(url: path)" class="stack">
        \(form.field("name", label: "Name of the shop", autocomplete: "organization"))
        \(form.select("country", label: "Country", chosen: "", options: countries))
        \(form.select("currency", label: "Currency", chosen: "", options: currencies))
        <div class="actions"><button class="button primary">\(text: "Open the shop")</button></div>
        </form>
        """, in: frame)
  }

  static var countries: [(value: String, label: Text)] {
    [(value: "", label: noCountry)] + sorted(Countries.codes) { Language.current.countryName($0) }
  }

  private static let noCountry: Text = "Choose a country"
  private static let noCurrency: Text = "Choose a currency"

  static var currencies: [(value: String, label: Text)] {
    [(value: "", label: noCurrency)]
      + sorted(Countries.currencies) { "\(Language.current.currencyName($0)) (\($0))" }
  }

  private static func sorted(
    _ codes: [String], _ name: (String) -> String
  ) -> [(value: String, label: Text)] {
    codes.map { (code: $0, name: name($0)) }.sorted { $0.name < $1.name }
      .map { (value: $0.code, label: "\($0.name)" as Text) }
  }
}
