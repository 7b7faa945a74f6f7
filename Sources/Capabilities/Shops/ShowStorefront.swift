import API
import Access
import Documents
import Fields
import FoundationEssentials
import HTML
package import HTTPServer
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
      /// Black or white, whichever can be read there.
      let primaryTextColor: String
      let accentTextColor: String
      let fontFamily: String
      @OrNull var logoUrl: String?
      @OrNull var faviconUrl: String?
    }
    let shop: String
    let brand: Brand
    let locale: String
    let currency: String
    let signInMethods: [String]
    let rails: [String]
    let acceptsOrders: Bool
    let guestCheckout: Bool
    let testMode: Bool

    init(_ row: ShopRow, of shops: Shops) {
      shop = row.slug
      let colors = BrandColors(of: row)
      let address = shops.storefrontURL(of: row.slug)
      brand = Brand(
        displayName: row.name, tagline: row.tagline, primaryColor: colors.primary.color.text,
        accentColor: colors.accent.color.text, primaryTextColor: colors.primary.text.text,
        accentTextColor: colors.accent.text.text, fontFamily: row.fontFamily.rawValue,
        logoUrl: row.logo.map { address + BrandFile.logo($0.hash, .webP).path },
        faviconUrl: row.favicon.map { address + BrandFile.favicon($0, 180).path })
      locale = row.locale
      currency = row.currency
      signInMethods = ["email_password"]
      rails = []
      acceptsOrders = row.acceptsOrders
      guestCheckout = row.allowsGuestCheckout
      testMode = row.isTest
    }

    static let schema = Schema.answer([
      "shop": .words(40),
      "brand": .answer([
        "display_name": .words(120), "tagline": .words(200), "primary_color": .words(7),
        "accent_color": .words(7), "primary_text_color": .words(7),
        "accent_text_color": .words(7), "font_family": .words(20),
        "logo_url": .nullable(.words(500)), "favicon_url": .nullable(.words(500)),
      ]),
      "locale": .words(35), "currency": .words(5),
      "sign_in_methods": .list(of: .words(40), count: 0...10),
      "rails": .list(of: .words(40), count: 0...20), "accepts_orders": .boolean,
      "guest_checkout": .boolean, "test_mode": .boolean,
    ])
  }

  private static let bootstrapPath = "/api/storefront/bootstrap"

  static func routes(of shops: Shops) -> [Route] {
    [
      .api(
        .get, bootstrapPath, "What a storefront starts with", on: .any,
        for: shops.openShop, of: shops.api, answers: [200: Bootstrap.schema],
        refusals: [404, 410, 503]
      ) { call in
        try Answer(200, Bootstrap(call.granted.row, of: shops))
      },
      CrossOrigin.preflight(for: bootstrapPath, of: shops),
      shops.storefrontPage("/") { shop, showsPoweredBy, frame in
        .page(page(shop.row, showsPoweredBy: showsPoweredBy).html(in: frame))
      },
    ]
  }

  static func page(_ row: ShopRow, showsPoweredBy: Bool) -> StorefrontPage {
    StorefrontPage(
      shop: row, title: nil, mayBeFound: !row.isTest, showsPoweredBy: showsPoweredBy,
      main: """
        <div class="wrap shop-intro">
        <h1><bdi>\(row.name)</bdi></h1>
        \(row.tagline.isEmpty ? nil : #"<p class="lede">\#(row.tagline)</p>"# as HTML?)
        </div>
        <div class="wrap"><div class="shop-empty">\(Icon.box)
        <p><strong>\(text: "Nothing is for sale here yet.")</strong></p>
        <p class="muted">\(text: "The first things are on their way. Come back soon.")</p>
        </div></div>
        """)
  }
}

extension Shops {
  /// Whoever looks at the shop of the request's host or, on the base domain, of `?shop=`.
  var visitor: Permission<VisitedShop> {
    Permission("anybody", .anybody) { [self] request, _ in
      let slug: String? =
        switch request.host {
        case .subdomain(let slug): slug
        case .base: request.query("shop")
        case .other: nil
        }
      guard let slug, let shop = try await directory.shop(named: slug, at: now),
        shop.state != "pending"
      else { throw Denial.notFound }
      return shop
    }
  }

  /// A page on shops' own hosts. A name that a shop had before leads to the one that it has, and a shop that
  /// is not open says so.
  func storefrontPage(
    _ path: String,
    _ handle: @escaping @Sendable (VisitedShop, Bool, Frame) async throws -> Response
  ) -> Route {
    let about = PageDescription(permission: visitor.name, audience: visitor.audience)
    // The platform may have a page at the same path, and metrics tell them apart by name.
    return Route(.get, path, on: .subdomain, name: "shop \(path)", about: about) { [self] request in
      let shop = try await visitor.granted(to: request, on: .page)
      if case .subdomain(let asked) = request.host, asked != shop.slug {
        return .redirect(to: storefrontURL(of: shop.slug) + request.target, status: 308)
      }
      let plans = try await plans.current(in: Guard.anybody())
      return try await Language.$current.withValue(site.language(of: request)) {
        let frame = site.frame(for: request)
        let showsPoweredBy = plans.showPoweredBy(shop.row)
        guard shop.row.isOpen else { return closed(shop.row, showsPoweredBy, in: frame) }
        return try await handle(shop, showsPoweredBy, frame)
      }
    }
  }

  private func closed(_ shop: ShopRow, _ showsPoweredBy: Bool, in frame: Frame) -> Response {
    let unavailable = ShopUnavailable(ShopState(rawValue: shop.state)) ?? .gone
    return .page(
      notice(unavailable.userMessage, on: shop, showsPoweredBy, in: frame),
      status: unavailable.status)
  }

  private func notice(
    _ message: UserMessage, on shop: ShopRow, _ showsPoweredBy: Bool, in frame: Frame
  ) -> HTML {
    StorefrontPage(
      shop: shop, title: message.happened, showsPoweredBy: showsPoweredBy,
      main: """
        <div class="wrap shop-intro">
        <h1>\(text: message.happened)</h1>
        <p class="lede">\(text: message.next)</p>
        </div>
        """
    ).html(in: frame)
  }

  /// What a person sees on a host that is not the platform's instead of the page they asked for: the shop's
  /// own page where there is a shop, and nothing of anybody's where there is none.
  package func errorPage(for error: HTTPError, _ request: Request) -> Response? {
    guard !request.path.hasPrefix("/api/"), request.header("accept")?.contains("text/html") == true
    else { return nil }
    return Language.$current.withValue(site.language(of: request)) {
      let frame = site.frame(for: request, at: "/")
      let message = ErrorPage.message(for: error.status)
      var response = Response.page(
        shopInMemory(request).map { notice(message, on: $0, false, in: frame) }
          ?? ErrorPage.bare(message, in: frame), status: error.status)
      response.entityTag = nil
      response.headers.set("Cache-Control", "no-store")
      return response
    }
  }

  private func shopInMemory(_ request: Request) -> ShopRow? {
    guard case .subdomain(let slug) = request.host, let shop = directory.known(slug),
      shop.state != "pending"
    else { return nil }
    return shop.row
  }
}
