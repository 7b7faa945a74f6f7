import Access
import HTML
import HTTPServer
import ObjectStorage

/// A shop's brand as a style sheet and as an icon: files of their own, since no page of ours carries styles
/// within itself.
enum BrandStyles {
  /// Changes with the settings, so that any cache may keep what is behind it.
  static func path(of shop: ShopRow) -> String { "/brand.css?v=\(shop.version)" }
  static func iconPath(of shop: ShopRow) -> String { "/brand/icon.svg?v=\(shop.version)" }

  static func css(_ colors: BrandColors, _ font: FontFamily) -> String {
    """
    :root, [lang] { --font: \(font.stack); }
    :root {
      --brand-primary: \(colors.primary.color.text);
      --brand-primary-text: \(colors.primary.text.text);
      --brand-accent: \(colors.accent.color.text);
      --brand-accent-text: \(colors.accent.text.text);
      --accent: light-dark(\(colors.linkOnLight.text), \(colors.linkOnDark.text));
      --accent-strong: light-dark(\(colors.linkOnLight.text), \(colors.linkOnDark.text));
    }

    """
  }

  /// The first letter of the name on the brand's colour.
  static func icon(of shop: ShopRow) -> HTML {
    let surface = BrandColors(of: shop).primary
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" \
      fill="\(surface.color.text)"/><text x="16" y="22.5" text-anchor="middle" font-family="sans-serif" \
      font-size="19" font-weight="700" fill="\(surface.text.text)">\(shop.initial)</text></svg>
      """
  }
}

/// The files of a shop's brand, on its own host alone.
enum ServeBrand {
  static func routes(of shops: Shops) -> [Route] {
    [
      Route(.get, "/brand.css", on: .subdomain) { request in
        let shop = try await shops.visitor.granted(to: request, on: .page)
        let css = BrandStyles.css(BrandColors(of: shop.row), shop.row.fontFamily)
        return made(.text(css, type: "text/css; charset=utf-8"), request, shop.row)
      },
      Route(.get, "/brand/{file}", on: .subdomain) { (request: Request, name: String) in
        let shop = try await shops.visitor.granted(to: request, on: .page)
        if name == "icon.svg" {
          let icon = BrandStyles.icon(of: shop.row)
          return made(.bytes(ResponseBytes(icon.utf8), type: "image/svg+xml"), request, shop.row)
        }
        guard let file = try await shops.brandFile(name, of: shop),
          let key = file.key(of: shop.row.id)
        else { throw HTTPError.notFound }
        let (bytes, _) = try await shops.storage.get(key)
        var response = Response.bytes(ResponseBytes(bytes), type: file.mediaType).tagged()
        response.headers.append("Cache-Control", forever)
        return response
      },
    ]
  }

  private static let forever = "public, max-age=31536000, immutable"

  /// Made of the shop's settings: kept where the address names their version.
  private static func made(_ response: Response, _ request: Request, _ shop: ShopRow) -> Response {
    var response = response.tagged()
    let isKept = request.query("v") == "\(shop.version)"
    response.headers.append("Cache-Control", isKept ? forever : "no-cache")
    return response
  }
}

extension Shops {
  /// A page of another process may name a picture that this one has not heard of yet.
  fileprivate func brandFile(_ name: String, of shop: VisitedShop) async throws -> BrandFile? {
    if let file = shop.row.brandFiles.first(where: { $0.name == name }) { return file }
    let fresh = try await directory.read(shop.slug, at: now)
    return fresh?.row.brandFiles.first { $0.name == name }
  }
}
