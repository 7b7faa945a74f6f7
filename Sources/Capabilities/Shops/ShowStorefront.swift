import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// A shop as its visitors meet it, on its own host.
enum ShowStorefront {
  struct Bootstrap: Encodable, Sendable {
    struct Brand: Encodable, Sendable {
      let displayName: String
      let tagline: String
      let primaryColor: String
      let accentColor: String
    }
    let shop: String
    let brand: Brand
    let locale: String
    let currency: String
    let signInMethods: [String]
    let rails: [String]
    let acceptsOrders: Bool
    let testMode: Bool

    init(_ row: ShopRow) {
      shop = row.slug
      brand = Brand(
        displayName: row.name, tagline: row.tagline, primaryColor: row.primaryColor,
        accentColor: row.accentColor)
      locale = row.locale
      currency = row.currency
      signInMethods = ["email_password"]
      rails = []
      acceptsOrders = row.acceptsOrders && row.state == "active"
      testMode = row.isTest
    }

    static let schema = Schema.answer([
      "shop": .words(40),
      "brand": .answer([
        "display_name": .words(120), "tagline": .words(200), "primary_color": .words(7),
        "accent_color": .words(7),
      ]),
      "locale": .words(35), "currency": .words(5),
      "sign_in_methods": .list(of: .words(40), count: 0...10),
      "rails": .list(of: .words(40), count: 0...20), "accepts_orders": .boolean,
      "test_mode": .boolean,
    ])
  }

  static func routes(of shops: Shops) -> [Route] {
    [
      .api(
        .get, "/api/storefront/bootstrap", "What a storefront starts with", on: .any,
        for: shops.visitor, of: shops.api, answers: [200: Bootstrap.schema], refusals: [404]
      ) { call in
        try Answer(200, Bootstrap(try await row(of: call.granted, shops)))
      },
      .page(.get, "/", on: .subdomain, for: shops.visitor, of: shops.site) { visit in
        let (row, slug) = (try await row(of: visit.granted, shops), visit.granted.slug)
        // A name that it had before leads to the one that it has.
        if case .subdomain(let asked) = visit.request.host, asked != slug {
          return .redirect(to: shops.storefrontURL(of: slug) + "/", status: 308)
        }
        return .page(page(row, in: visit.frame), status: row.isOpen ? 200 : 503)
      },
    ]
  }

  private static func row(of visit: ShopVisit, _ shops: Shops) async throws -> ShopRow {
    try await shops.database.one(ShopRow.find(in: visit.scope), in: visit.scope)
  }

  static func page(_ row: ShopRow, in frame: Frame) -> HTML {
    Page(
      title: "\(row.name)", styles: ["site.css"],
      main: """
        <div class="wrap intro">
        <h1 class="display">\(row.name)</h1>
        \(row.tagline.isEmpty ? nil : #"<p class="lede">\#(row.tagline)</p>"# as HTML?)
        <p>\(text: row.isOpen ? "Nothing is for sale here yet." : "This shop is closed at the moment.")</p>
        </div>
        """
    ).html(in: frame)
  }
}

extension ShopRow {
  fileprivate var isOpen: Bool { state == "active" }
}

extension Shops {
  /// Whoever looks at the shop of the request's host or, on the base domain, of `?shop=`.
  var visitor: Permission<ShopVisit> {
    Permission("anybody", .anybody) { [self] request, _ in
      let visit: ShopVisit? =
        switch request.host {
        case .subdomain(let slug):
          try await Guard.visitor(ofSlug: slug, at: now, database: database)
        case .base:
          if let slug = request.query("shop") {
            try await Guard.visitor(ofSlug: slug, at: now, database: database)
          } else {
            nil
          }
        case .other: nil
        }
      guard let visit, visit.state != "pending" else { throw Denial.notFound }
      return visit
    }
  }
}
