import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// The page of a shop's settings, which `EditShop` stores.
enum ShowSettings {
  static func pages(of shops: Shops) -> [Route] {
    let path = "/dashboard/{shop}/settings"
    return [
      .page(.get, path, for: shops.staff(.writeSettings), of: shops.site) {
        (visit: Visit<StaffMember>, _: String) in
        let scope = visit.granted.scope
        let row = try await shops.database.one(ShopRow.find(in: scope), in: scope)
        let form = FilledForm(EditShop.Form.fields.schema, given: row.asTyped)
        return .privatePage(page(form, visit.granted, in: visit.frame))
      },
      .page(
        .post, path, for: shops.staff(.writeSettings), of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 32 << 10, accepts: [.form])
      ) { (visit: Visit<StaffMember>, _: String) in
        let member = visit.granted
        return try await visit.form(EditShop.Form.fields) { form in
          _ = try await shops.database.transaction(in: member.scope) { tx in
            try await EditShop.perform(form, by: member, in: tx)
          }
          let path = ShopPage.Part.settings.path(of: member.membership.slug)
          return .redirect(to: path, saying: .settingsSaved, of: visit.site)
        } again: {
          page($0, member, in: visit.frame)
        }
      },
    ]
  }

  static func page(_ form: FilledForm, _ member: StaffMember, in frame: Frame) -> HTML {
    let labels: [String: Text] = [
      "name": "Name of the shop", "tagline": "Tagline", "country": "Country",
      "primary_color": "Main colour", "accent_color": "Second colour",
    ]
    let path = ShopPage.Part.settings.path(of: member.membership.slug)
    return ShopPage(
      member: member, part: .settings, title: "Settings",
      main: """
        <section class="section">
        \(form.summary(labels: labels))
        <form method="post" action="\(url: path)" class="stack">
        \(form.hidden("version"))
        \(form.field("name", label: "Name of the shop", autocomplete: "organization"))
        \(form.field("tagline", label: "Tagline", help: "One line under the name."))
        \(form.field("primary_color", label: "Main colour", help: "Such as \("#0f6b5c")."))
        \(form.field("accent_color", label: "Second colour"))
        <div class="actions"><button class="button primary">\(text: "Save")</button></div>
        </form>
        <p><a href="\(url: PublishPolicy.path(of: member.membership.slug))">\(text: "Policies")</a></p>
        \(member.role.permissions.contains(.closeShop) ? closing(member) : nil)
        </section>
        """
    ).html(in: frame)
  }
}

extension ShowSettings {
  private static func closing(_ member: StaffMember) -> HTML {
    """
    <p><a href="\(url: CloseShop.path(of: member.membership.slug))">\(text: "Close the shop")</a></p>
    """
  }
}

extension ShopRow {
  /// As its form shows it.
  fileprivate var asTyped: InputValue {
    .object([
      .init("name", .string(name)), .init("tagline", .string(tagline)),
      .init("primary_color", .string(primaryColor)), .init("accent_color", .string(accentColor)),
      .init("version", .string("\(version)")),
    ])
  }
}
