import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// The settings of a shop, whole or in part.
enum EditShop {
  struct Form: Sendable {
    /// What is nil stays as it is.
    let name: String?
    var tagline: String?
    let acceptsOrders: Bool?
    let country: String?
    let primaryColor: String?
    let accentColor: String?
    /// Of the settings that were read, so that no change of somebody else is lost unseen.
    var version: Int?

    static let fields = Fields(
      Field("name", .optional(.text(max: 120))),
      Field("tagline", .part(.text(max: 200), blank: "")),
      Field("accepts_orders", .optional(.bool)),
      Field("country", .optional(.choice(Countries.codes))),
      Field("primary_color", .optional(.color)), Field("accent_color", .optional(.color)),
      Field("version", .optional(.integer(1...Int.max))), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case versionConflict

    var code: String { "version_conflict" }
    var status: Int { 409 }
    var userMessage: UserMessage {
      UserMessage(
        "These settings were changed by somebody else in the meantime.",
        next: "Load them again, and make your change anew.")
    }
  }

  nonisolated(nonsending) static func perform(
    _ form: Form, by member: StaffMember, in tx: Transaction
  ) async throws -> ShopRow {
    let changed = try await tx.run(
      Command(
        """
        UPDATE shops
           SET name = coalesce(\(form.name as String?), name),
               tagline = coalesce(\(form.tagline as String?), tagline),
               accepts_orders = coalesce(\(form.acceptsOrders as Bool?), accepts_orders),
               country = coalesce(\(form.country as String?), country),
               primary_color = coalesce(\(form.primaryColor as String?), primary_color),
               accent_color = coalesce(\(form.accentColor as String?), accent_color),
               version = version + 1
         WHERE shop_id = \(member.shop) AND version = coalesce(\(form.version as Int?), version)
        """))
    guard changed == 1 else { throw Refusal.versionConflict }
    return try await tx.one(ShopRow.find(in: member.scope))
  }

  // MARK: API

  static func routes(of shops: Shops) -> [Route] {
    [
      .api(
        .get, "/api/shops/{shop}", "A shop", for: shops.staff(.readShop), of: shops.api,
        answers: [200: ShopView.schema]
      ) { (call: Call<StaffMember, Void>, _: String) in
        let row = try await shops.database.one(
          ShopRow.find(in: call.granted.scope), in: call.granted.scope)
        return try Answer(200, ShopView(row, of: shops))
      },
      .api(
        .patch, "/api/shops/{shop}", "Change a shop's settings", for: shops.staff(.writeSettings),
        takes: Form.fields, of: shops.api, answers: [200: ShopView.schema], refusals: [409]
      ) { (call: Call<StaffMember, Form>, _: String) in
        var form = call.form
        if let condition = call.request.header("if-match"), condition != "*" {
          form.version = Int(condition.filter { $0 != "\"" }) ?? 0
        }
        let (member, wanted) = (call.granted, form)
        let row = try await shops.database.transaction(in: member.scope) { tx in
          try await perform(wanted, by: member, in: tx)
        }
        return try Answer(200, ShopView(row, of: shops))
      },
    ]
  }
}

extension Kind where Value == String {
  /// `#` and six hexadecimal digits, in lower case.
  static var color: Kind {
    Kind<String>.matching("color", length: 7...7) { text in
      let text = text.lowercased()
      let digits = text.utf8.dropFirst()
      let isColor =
        text.utf8.count == 7 && text.hasPrefix("#")
        && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
      return isColor ? text : nil
    }
  }
}
