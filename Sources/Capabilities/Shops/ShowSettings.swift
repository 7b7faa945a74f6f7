import Access
import Accounts
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Money
import PostgreSQL
import Scope
import Web

/// The page of a shop's settings, which `EditShop` stores.
enum ShowSettings {
  static func pages(of shops: Shops) -> [Route] {
    let path = "/dashboard/{shop}/settings"
    let fields = EditShop.Form.fields(shops.site.languages)
    return [
      .page(.get, path, for: shops.staff(.writeSettings), of: shops.site) {
        (visit: Visit<StaffMember>, _: String) in
        let member = visit.granted
        let row = try await shops.database.one(ShopRow.find(in: member.scope), in: member.scope)
        let plans = try await shops.plans.current(in: Guard.anybody())
        let form = FilledForm(fields.schema, given: row.asTyped(plans))
        return .privatePage(page(form, row, plans, member, of: shops, in: visit.frame))
      },
      .page(
        .post, path, for: shops.staff(.writeSettings), of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 64 << 10, accepts: [.form])
      ) { (visit: Visit<StaffMember>, _: String) in
        let member = visit.granted
        let row = try await shops.database.one(ShopRow.find(in: member.scope), in: member.scope)
        let plans = try await shops.plans.current(in: Guard.anybody())
        return try await visit.form(fields) { form in
          _ = try await EditShop.save(form, by: member, of: shops)
          let path = ShopPage.Part.settings.path(of: member.membership.slug)
          return .redirect(to: path, saying: .settingsSaved, of: visit.site)
        } again: {
          page($0, row, plans, member, of: shops, in: visit.frame)
        }
      },
    ]
  }

  private static let labels: [String: Text] = [
    "accepts_orders": "Orders", "minimum_order.amount": "Smallest order",
    "approval_threshold.amount": "Approve orders from",
    "guest_checkout": "Buying without an account",
    "country": "Country", "currency": "Currency", "locale": "Language", "time_zone": "Time zone",
    "powered_by": "Line about Martlet", "disclose_fee": "The platform's fee",
    "transaction_hashes_on_invoices": "Transaction hashes on invoices",
    "log_ip_addresses": "Visitors' IP addresses", "cors_origins": "Sites that may use the API",
  ]

  static func page(
    _ form: FilledForm, _ row: ShopRow, _ plans: [Plan], _ member: StaffMember, of shops: Shops,
    in frame: Frame
  ) -> HTML {
    let path = ShopPage.Part.settings.path(of: member.membership.slug)
    return ShopPage(
      member: member, part: .settings, title: "Settings",
      main: """
        \(form.summary(labels: labels))
        <form method="post" action="\(url: path)" class="stack">
        \(form.hidden("version"))
        \(fieldset("Selling", selling(form, row)))
        \(fieldset("Place and language", place(form, row, in: frame)))
        \(fieldset("What visitors see", shown(form, row, plans)))
        \(fieldset("Data and programs", data(form)))
        <div class="actions"><button class="button primary">\(text: "Save")</button></div>
        </form>
        <section class="section card"><h2>\(text: "Address")</h2>
        <p><bdi dir="ltr">\(shops.storefrontURL(of: row.slug))</bdi></p>
        <p class="actions"><a class="button" href="\(url: RenameShop.path(of: row.slug))">\
        \(text: "Change the shop's address")</a></p></section>
        <section class="section card"><h2>\(text: "Policies")</h2>
        <p class="actions"><a class="button" href="\(url: PublishPolicy.path(of: row.slug))">\
        \(text: "Write the shop's policies")</a></p></section>
        \(member.permissions.contains(.closeShop) ? closing(member) : nil)
        """
    ).html(in: frame)
  }

  private static func fieldset(_ title: Text, _ fields: HTML) -> HTML {
    """
    <fieldset class="section card"><legend class="hidden">\(text: title)</legend>
    <h2 aria-hidden="true">\(text: title)</h2>
    \(fields)</fieldset>

    """
  }

  private static func selling(_ form: FilledForm, _ row: ShopRow) -> HTML {
    """
    \(choice("accepts_orders", form, yes: "Accepted", no: "Not at the moment"))
    \(form.field("minimum_order.amount", label: label("minimum_order.amount"), help: "In \(row.currency). Empty for none."))
    \(form.field("approval_threshold.amount", label: label("approval_threshold.amount"), help: "In \(row.currency). Larger orders wait until somebody has looked at them. Empty for never."))
    \(choice("guest_checkout", form, yes: "Allowed", no: "Only with an account"))
    """
  }

  private static func place(_ form: FilledForm, _ row: ShopRow, in frame: Frame) -> HTML {
    """
    \(form.select("country", label: label("country"), chosen: row.country, options: OpenShop.countries))
    \(row.firstLiveOrderAt == nil ? currency(form, row) : locked(row))
    \(form.select("locale", label: label("locale"), chosen: row.locale, options: frame.languages.map { ($0.code, "\($0.name)") }))
    \(form.select("time_zone", label: label("time_zone"), chosen: row.timeZone, options: TimeZones.names.map { ($0, "\($0)") }))
    """
  }

  private static func currency(_ form: FilledForm, _ row: ShopRow) -> HTML {
    form.select(
      "currency", label: label("currency"),
      help: "Fixed from your first real order on. Another currency empties the two amounts above.",
      chosen: row.currency, options: OpenShop.currencies)
  }

  private static func locked(_ row: ShopRow) -> HTML {
    """
    <p><strong>\(text: "Currency")</strong> <bdi>\(row.currency)</bdi><br>
    <span class="help">\(text: "It stays, since the shop has sold in it.")</span></p>
    """
  }

  private static func shown(_ form: FilledForm, _ row: ShopRow, _ plans: [Plan]) -> HTML {
    """
    \(plans.letHidePoweredBy(row) ? choice("powered_by", form, yes: "Shown", no: "Hidden") : nil)
    \(choice("disclose_fee", form, yes: "Shown to customers", no: "Not shown"))
    \(choice("transaction_hashes_on_invoices", form, yes: "Shown", no: "Hidden"))
    """
  }

  private static func data(_ form: FilledForm) -> HTML {
    """
    \(choice("log_ip_addresses", form, yes: "Kept in the log", no: "Not kept"))
    \(form.field("cors_origins", label: label("cors_origins"), help: "Addresses such as \("https://www.example.com"), with blanks between them."))
    """
  }

  private static func label(_ name: String) -> Text { labels[name] ?? "\(name)" }

  private static func choice(_ name: String, _ form: FilledForm, yes: Text, no: Text) -> HTML {
    form.select(
      name, label: label(name), chosen: "true", options: [("true", yes), ("false", no)])
  }
}

extension ShowSettings {
  private static func closing(_ member: StaffMember) -> HTML {
    """
    <section class="section card"><h2>\(text: "Close the shop")</h2>
    <p class="actions"><a class="button danger" href="\(url: CloseShop.path(of: member.membership.slug))">\
    \(text: "Close the shop")</a></p></section>
    """
  }
}

extension ShopRow {
  /// As its form shows it.
  fileprivate func asTyped(_ plans: [Plan]) -> InputValue {
    func flag(_ name: String, _ value: Bool) -> InputValue.Member {
      .init(name, .string(value ? "true" : "false"))
    }
    return .object([
      flag("accepts_orders", acceptsOrders),
      .init("minimum_order.amount", .string(minimumOrder?.decimalText ?? "")),
      .init("approval_threshold.amount", .string(approvalThreshold?.decimalText ?? "")),
      flag("guest_checkout", allowsGuestCheckout), flag("powered_by", plans.showPoweredBy(self)),
      flag("disclose_fee", disclosesFee),
      flag("transaction_hashes_on_invoices", showsTransactionHashes),
      flag("log_ip_addresses", logsIPAddresses),
      .init("cors_origins", .string(corsOrigins.joined(separator: " "))),
      .init("country", .string(country)), .init("currency", .string(currency)),
      .init("locale", .string(locale)), .init("time_zone", .string(timeZone)),
      .init("version", .string("\(version)")),
    ])
  }
}
