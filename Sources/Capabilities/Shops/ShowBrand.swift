import Access
import Documents
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Mail
import Notices
import PostgreSQL
import Scope
import Web

/// The page of a shop's brand: what is chosen can be looked at before it is saved, on the shop and in a mail.
/// `EditShop` stores it.
enum ShowBrand {
  private static let path = "/dashboard/{shop}/brand"

  static func path(of slug: String) -> String { "\(ShowShopHome.path(of: slug))/brand" }

  static func pages(of shops: Shops) -> [Route] {
    let fields = EditShop.Form.fields(shops.site.languages)
    let limits = RouteLimits(maximumBodyBytes: 32 << 10, accepts: [.form])
    let editors = shops.staff(.writeSettings)
    return [
      .page(.get, path, for: editors, of: shops.site) { (visit: Visit<StaffMember>, _: String) in
        let row = try await Self.row(of: visit.granted, shops)
        let form = FilledForm(fields.schema, given: row.brandAsTyped)
        return framing(page(form, row, visit.granted, in: visit.frame))
      },
      .page(.post, path, for: editors, of: shops.site, limits: limits) {
        (visit: Visit<StaffMember>, _: String) in
        let member = visit.granted
        let row = try await Self.row(of: member, shops)
        return try await visit.form(fields) { form in
          _ = try await EditShop.save(form, by: member, of: shops)
          return .redirect(
            to: path(of: member.membership.slug), saying: .settingsSaved, of: visit.site)
        } again: {
          page($0, row, member, in: visit.frame)
        }
      },
      .page(.get, "\(path)/preview", for: editors, of: shops.site) {
        (visit: Visit<StaffMember>, _: String) in
        let row = try await Self.row(of: visit.granted, shops)
        return try await preview(row, isMail: false, of: shops, in: visit.frame)
      },
      .page(.post, "\(path)/preview", for: editors, of: shops.site, limits: limits) {
        (visit: Visit<StaffMember>, _: String) in
        let input = visit.request.body.input ?? .object([])
        let form = try fields.parse(input)
        let row = try await row(of: visit.granted, shops).with(form)
        let isMail = input.part("surface") == .string("mail")
        return try await preview(row, isMail: isMail, of: shops, in: visit.frame)
      },
      previewStyles,
    ] + uploads(of: shops)
  }

  private static func row(of member: StaffMember, _ shops: Shops) async throws -> ShopRow {
    try await shops.database.one(ShopRow.find(in: member.scope), in: member.scope)
  }

  // MARK: Preview

  /// A style sheet made of the address alone, and so nobody's.
  private static let previewStyles = Route(.get, previewStylesPath) { request in
    guard let primary = request.query("primary").flatMap(ScreenColor.init),
      let accent = request.query("accent").flatMap(ScreenColor.init),
      let font = request.query("font").flatMap(FontFamily.init)
    else { throw HTTPError.notFound }
    let css = BrandStyles.css(BrandColors(primary: primary, accent: accent), font)
    return .text(css, type: "text/css; charset=utf-8").tagged()
  }

  private static let previewStylesPath = "/brand/preview.css"

  private static func preview(
    _ row: ShopRow, isMail: Bool, of shops: Shops, in frame: Frame
  ) async throws -> Response {
    guard !isMail else { return inFrame(try mail(row, of: shops), policy: mailPolicy) }
    let plans = try await shops.plans.current(in: Guard.anybody())
    let page = ShowStorefront.page(row, showsPoweredBy: plans.showPoweredBy(row))
    let host = shops.storefrontURL(of: row.slug)
    let styles =
      "\(previewStylesPath)?primary=%23\(row.primaryColor.dropFirst())"
      + "&accent=%23\(row.accentColor.dropFirst())&font=\(row.fontFamily.rawValue)"
    return inFrame(
      page.html(in: frame, host: host, styles: styles), policy: storefrontPolicy(host))
  }

  /// Shown within a page of ours, and doing nothing there.
  private static func inFrame(_ html: HTML, policy: String) -> Response {
    var response = Response.privatePage(html)
    response.headers.append("Content-Security-Policy", policy)
    return response
  }

  private static func storefrontPolicy(_ host: String) -> String {
    "default-src 'none'; style-src 'self'; img-src 'self' \(host); frame-ancestors 'self'"
  }

  /// A mail carries its styles element by element.
  private static let mailPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"

  private static func mail(_ row: ShopRow, of shops: Shops) throws -> HTML {
    let colors = BrandColors(of: row)
    let ink = Letterhead.Colors.Ink(
      background: colors.primary.color.text, text: colors.primary.text.text)
    let address = shops.storefrontURL(of: row.slug)
    // Nobody gets it, so it is from an address that can be nobody's.
    guard let sender = MailAddress("shop@preview.invalid", name: row.name) else {
      throw HTTPError.internalFailure
    }
    let letterhead = Letterhead(
      sender: sender, address: address,
      colors: Letterhead.Colors(
        link: colors.linkOnLight.text, linkOnDark: colors.linkOnDark.text, button: ink,
        buttonOnDark: ink))
    return Notice(
      subject: "We have your order", heading: "We have your order",
      paragraphs: ["This is how a mail of your shop looks.", "\(row.tagline)"],
      button: Notice.Button(label: "See the order", address: address)
    ).html(on: letterhead)
  }

  /// The page that holds the frame.
  private static func framing(_ html: HTML) -> Response {
    var response = Response.privatePage(html)
    response.headers.append("Content-Security-Policy", framingPolicy)
    return response
  }

  private static let framingPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    + "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  // MARK: Uploads

  private static func uploads(of shops: Shops) -> [Route] {
    UploadPicture.Kind.allCases.flatMap { kind in
      [
        Route.page(
          .post, "\(path)/\(kind.rawValue)", for: shops.staff(.writeSettings), of: shops.site,
          limits: UploadPicture.limits
        ) { (visit: Visit<StaffMember>, _: String) in
          let member = visit.granted
          let row = try await Self.row(of: member, shops)
          return try await visit.form(UploadPicture.Form.fields) { form in
            _ = try await UploadPicture.save(kind, form, by: member, of: shops)
            return .redirect(
              to: path(of: member.membership.slug), saying: .pictureSaved, of: visit.site)
          } again: { refused in
            let form = FilledForm(
              EditShop.Form.fields(shops.site.languages).schema, given: row.brandAsTyped)
            return page(form, row, member, refused: refused, in: visit.frame)
          }
        },
        .page(
          .post, "\(path)/\(kind.rawValue)/remove", for: shops.staff(.writeSettings),
          of: shops.site, limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
        ) { (visit: Visit<StaffMember>, _: String) in
          _ = try await UploadPicture.save(kind, nil, by: visit.granted, of: shops)
          return .redirect(
            to: path(of: visit.granted.membership.slug), saying: .pictureGone, of: visit.site)
        },
      ]
    }
  }
}

// MARK: Page

extension ShowBrand {
  /// - Parameter refused: An upload that was not taken.
  static func page(
    _ form: FilledForm, _ row: ShopRow, _ member: StaffMember, refused: FilledForm? = nil,
    in frame: Frame
  ) -> HTML {
    let path = path(of: member.membership.slug)
    return ShopPage(
      member: member, part: .brand, title: "Brand",
      main: """
        <div class="brand-bench">
        <div class="section">
        \(refused.map { $0.summary(labels: ["file": "Picture"]) ?? "" })
        \(values(form, path))
        </div>
        <div class="preview"><h2 class="hidden">\(text: "Preview")</h2>
        <iframe name="preview" src="\(url: "\(path)/preview")" title="\(text: "Preview")"></iframe>
        </div>
        <div class="section">
        \(picture(.logo, isThere: row.logo != nil, path))
        \(picture(.favicon, isThere: row.favicon != nil, path))
        </div>
        </div>
        """
    ).html(in: frame)
  }

  private static func values(_ form: FilledForm, _ path: String) -> HTML {
    let labels: [String: Text] = [
      "name": "Name of the shop", "tagline": "Tagline", "primary_color": "Main colour",
      "accent_color": "Second colour", "font_family": "Typeface",
    ]
    return """
      \(form.summary(labels: labels))
      <form method="post" action="\(url: path)" class="stack">
      \(form.hidden("version"))
      \(form.field("name", label: "Name of the shop", autocomplete: "organization"))
      \(form.field("tagline", label: "Tagline", help: "One line under the name."))
      <div class="pair">
      \(form.color("primary_color", label: "Main colour"))
      \(form.color("accent_color", label: "Second colour"))
      </div>
      <p class="help">\(text: "Words on your colours are black or white, whichever can be read. Where a colour is too pale for a link, links take a darker shade of it.")</p>
      \(form.select("font_family", label: "Typeface", chosen: FontFamily.system.rawValue, options: FontFamily.allCases.map { ($0.rawValue, $0.words) }))
      <div class="actions"><button class="button primary">\(text: "Save")</button>
      <button class="button" formaction="\(url: "\(path)/preview")" formtarget="preview" \
      name="surface" value="storefront">\(text: "Preview the shop")</button>
      <button class="button" formaction="\(url: "\(path)/preview")" formtarget="preview" \
      name="surface" value="mail">\(text: "Preview a mail")</button></div>
      </form>
      """
  }

  private static func picture(
    _ kind: UploadPicture.Kind, isThere: Bool, _ path: String
  ) -> HTML {
    let address = "\(path)/\(kind.rawValue)"
    return """
      <section class="section card"><h2>\(text: kind.words)</h2>
      <form method="post" action="\(url: address)" enctype="multipart/form-data" class="stack">
      <div class="field"><label for="\(kind.rawValue)-file">\(text: "Picture")</label>
      <input id="\(kind.rawValue)-file" name="file" type="file" required \
      accept="image/png,image/jpeg,image/webp,image/gif" aria-describedby="\(kind.rawValue)-help">
      <p class="help" id="\(kind.rawValue)-help">\(text: kind.help)</p></div>
      <div class="actions"><button class="button">\(text: "Upload")</button></div>
      </form>
      \(isThere ? removal(address) : nil)
      </section>
      """
  }

  private static func removal(_ address: String) -> HTML {
    """
    <form method="post" action="\(url: "\(address)/remove")">
    <button class="button danger">\(text: "Take it away")</button></form>
    """
  }
}

extension UploadPicture.Kind {
  var words: Text { self == .logo ? "Logo" : "Icon" }

  var help: Text {
    switch self {
    case .logo:
      "PNG, JPEG, WebP or GIF, at most 8 MB. It stands in place of the name, and is in use as soon as it is uploaded."
    case .favicon:
      "For the browser's tab and the phone's home screen: square, at least 180 pixels wide."
    }
  }
}

extension FontFamily {
  var words: Text {
    switch self {
    case .system: "As the reader's system"
    case .humanist: "Warm"
    case .rounded: "Round"
    case .serif: "With serifs"
    case .monospace: "Typewriter"
    }
  }
}

extension ShopRow {
  /// As it would be with these values.
  fileprivate func with(_ form: EditShop.Form) -> ShopRow {
    var row = self
    row.name = form.name ?? name
    row.tagline = form.tagline ?? tagline
    row.primaryColor = form.primaryColor ?? primaryColor
    row.accentColor = form.accentColor ?? accentColor
    row.fontFamily = form.fontFamily ?? fontFamily
    return row
  }

  fileprivate var brandAsTyped: InputValue {
    .object([
      .init("name", .string(name)), .init("tagline", .string(tagline)),
      .init("primary_color", .string(primaryColor)), .init("accent_color", .string(accentColor)),
      .init("font_family", .string(fontFamily.rawValue)),
      .init("version", .string("\(version)")),
    ])
  }
}
