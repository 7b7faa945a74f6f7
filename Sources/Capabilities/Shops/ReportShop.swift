import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Limits
import PostgreSQL
import Scope
import Web

/// Telling the platform's people about a shop. Every storefront leads here.
enum ReportShop {
  struct Form: Sendable {
    let ground: ShopReport.Ground
    let about: String
    let details: String
    let email: String?

    static let fields = Fields(
      Field("ground", .choice(of: ShopReport.Ground.self)), Field("about", .text(max: 300)),
      Field("details", .multiline(max: 4_000)), Field("email", .optional(.email)), as: Form.init)
  }

  static let path = "/report"
  static let thanksPath = "/report/thanks"

  private static let perAddress = Allowance("report_shop", 10, per: .seconds(3_600))

  static func perform(
    _ form: Form, about visit: VisitedShop, _ request: Request, by shops: Shops
  ) async throws {
    _ = try await perAddress.take(
      by: "\(request.clientAddress)", database: shops.database, in: Guard.anybody(), now: shops.now)
    let report = ShopReport(
      id: shops.context.newID(), shop: visit.scope.id, form, at: shops.now)
    try await shops.database.run(report.insert(in: visit.scope), in: visit.scope)
  }

  // MARK: API

  static func route(of shops: Shops) -> Route {
    .api(
      .post, "/api/storefront/reports", "Report a shop", on: .any, for: shops.visitor,
      takes: Form.fields, of: shops.api, answers: [202: nil], refusals: [404, 429], isExempt: true
    ) { call in
      try await perform(call.form, about: call.granted, call.request, by: shops)
      return .accepted
    }
  }

  // MARK: Pages

  static func pages(of shops: Shops) -> [Route] {
    [
      .page(.get, path, on: .any, for: shops.reported, of: shops.site) { visit in
        guard let shop = visit.granted else { return .page(whichShop(in: visit.frame)) }
        return .page(page(FilledForm(Form.fields.schema), shop, visit.request, in: visit.frame))
      },
      .page(
        .post, path, on: .any, for: shops.visitor, of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 64 << 10, accepts: [.form])
      ) { visit in
        let shop = visit.granted
        return try await visit.form(Form.fields) { form in
          try await perform(form, about: shop, visit.request, by: shops)
          return .redirect(to: address(thanksPath, of: shop, visit.request))
        } again: {
          page($0, shop, visit.request, in: visit.frame)
        }
      },
      .page(.get, thanksPath, on: .any, for: shops.visitor, of: shops.site) { visit in
        .page(thanks(in: visit.frame))
      },
    ]
  }

  /// On the shop's own host its name goes without saying.
  private static func address(_ path: String, of shop: VisitedShop, _ request: Request) -> String {
    if case .base = request.host { "\(path)?shop=\(shop.slug)" } else { path }
  }

  static func page(
    _ form: FilledForm, _ shop: VisitedShop, _ request: Request, in frame: Frame
  ) -> HTML {
    let labels: [String: Text] = [
      "ground": "What is wrong", "about": "What it is about", "details": "What happened",
      "email": "Your e-mail address",
    ]
    return Page.sheet(
      title: "Report this shop",
      main: """
        <h1>\(text: "Report this shop")</h1>
        <p class="lede">\(text: "The people who run the platform read this, and the shop does not.")</p>
        \(form.summary(labels: labels))
        <form method="post" action="\(url: address(path, of: shop, request))" class="stack">
        \(form.select("ground", label: "What is wrong", chosen: "", options: grounds))
        \(form.field("about", label: "What it is about", help: "A product, a page or the number of an order."))
        \(form.area("details", label: "What happened"))
        \(form.field("email", label: "Your e-mail address", help: "If we may ask you about it. Leave it empty if not.", autocomplete: "email"))
        <div class="actions"><button class="button primary">\(text: "Send the report")</button></div>
        </form>
        """, in: frame)
  }

  private static var grounds: [(value: String, label: Text)] {
    [("", Text("Choose what fits best"))]
      + ShopReport.Ground.allCases.map { ($0.rawValue, $0.name) }
  }

  static func thanks(in frame: Frame) -> HTML {
    Page.sheet(
      title: "Thank you",
      main: """
        <h1>\(text: "Thank you")</h1>
        <p class="lede">\(text: "We have your report and look into it. If you gave an address, we may write to you.")</p>
        <p><a href="/">\(text: "Back to the front page")</a></p>
        """, in: frame)
  }

  /// On the platform's own host, where no link said it.
  static func whichShop(in frame: Frame) -> HTML {
    Page.sheet(
      title: "Report a shop",
      main: """
        <h1>\(text: "Report a shop")</h1>
        <form method="get" action="\(url: path)" class="stack">
        \(FilledForm(whichFields.schema).field("shop", label: "Name of the shop in its address", help: "The part before the first dot."))
        <div class="actions"><button class="button primary">\(text: "Continue")</button></div>
        </form>
        """, in: frame)
  }

  private static let whichFields = Fields(Field("shop", .text(max: 40)), as: { $0 })
}

extension Shops {
  /// As `visitor`; nil on the base domain where no shop is named.
  fileprivate var reported: Permission<VisitedShop?> {
    Permission("anybody", .anybody) { [visitor] request, face in
      if case .base = request.host, request.query("shop") == nil { return nil }
      return try await visitor.granted(to: request, on: face)
    }
  }
}
