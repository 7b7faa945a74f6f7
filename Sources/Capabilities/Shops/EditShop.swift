import API
import Access
import Accounts
import Audit
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Money
import PostgreSQL
import Scope
import Web

/// The settings of a shop, whole or in part.
enum EditShop {
  struct Form: Sendable {
    /// What is nil stays as it is.
    var name: String?
    var tagline: String?
    var acceptsOrders: Bool?
    var country: String?
    var currency: String?
    var locale: String?
    var timeZone: String?
    var primaryColor: String?
    var accentColor: String?
    var fontFamily: FontFamily?
    var minimumOrder: GivenAmount?
    var approvalThreshold: GivenAmount?
    var allowsGuestCheckout: Bool?
    var logsIPAddresses: Bool?
    /// One text may name several, with blanks between them.
    var corsOrigins: [String]?
    var showsPoweredBy: Bool?
    var disclosesFee: Bool?
    var showsTransactionHashes: Bool?
    /// Of the settings that were read, so that no change of somebody else is lost unseen.
    var version: Int?

    static func fields(_ languages: Languages) -> Fields<Form> {
      Fields(
        Field("name", .optional(.text(max: 120))),
        Field("tagline", .part(.text(max: 200), blank: "")),
        Field("accepts_orders", .optional(.bool)),
        Field("country", .optional(.choice(Countries.codes))),
        Field("currency", .optional(.choice(Countries.currencies))),
        Field("locale", .optional(.choice(languages.all.map(\.code)))),
        Field("time_zone", .optional(.choice(TimeZones.names))),
        Field("primary_color", .optional(.color)), Field("accent_color", .optional(.color)),
        Field("font_family", .optional(.choice(of: FontFamily.self))),
        Field("minimum_order", .part(.object(GivenAmount.fields), blank: .none)),
        Field("approval_threshold", .part(.object(GivenAmount.fields), blank: .none)),
        Field("guest_checkout", .optional(.bool)), Field("log_ip_addresses", .optional(.bool)),
        Field("cors_origins", .part(.list(of: .text(max: 6_000), max: 20), blank: [])),
        Field("powered_by", .optional(.bool)), Field("disclose_fee", .optional(.bool)),
        Field("transaction_hashes_on_invoices", .optional(.bool)),
        Field("version", .optional(.integer(1...Int.max))), as: Form.init)
    }
  }

  /// An amount as it was sent: from a program with its currency, from a form without one, in the digits
  /// and marks of whoever typed it.
  struct GivenAmount: Sendable, Equatable {
    /// Nil for none.
    let amount: String?
    let currency: String?

    static let none = GivenAmount(amount: nil, currency: nil)

    static let fields = Fields(
      Field("amount", .optional(.text(max: 60))),
      Field("currency", .optional(.choice(Currency.all.map(\.code)))), as: GivenAmount.init)

    /// - Throws: `amountUnusable` for what is no amount above zero in the shop's currency.
    func money(in shop: Currency) throws(Refusal) -> Money? {
      guard let amount else { return nil }
      guard currency == nil || currency == shop.code else { throw .amountUnusable }
      do {
        let money =
          currency == nil
          ? try Money(typed: amount, currency: shop, marks: Language.current.numberMarks)
          : try Money(decimalText: amount, currency: shop)
        guard money.isPositive else { throw Refusal.amountUnusable }
        return money
      } catch {
        throw .amountUnusable
      }
    }
  }

  enum Refusal: UserFacingError, Equatable {
    case versionConflict
    case currencyLocked
    case amountUnusable
    case originUnusable(String)
    case poweredByStays

    var code: String {
      switch self {
      case .versionConflict: "version_conflict"
      case .currencyLocked: "currency_locked"
      case .amountUnusable: "amount_unusable"
      case .originUnusable: "origin_unusable"
      case .poweredByStays: "plan_shows_powered_by"
      }
    }

    var status: Int {
      switch self {
      case .versionConflict, .currencyLocked: 409
      case .amountUnusable, .originUnusable, .poweredByStays: 422
      }
    }

    var userMessage: UserMessage {
      switch self {
      case .versionConflict:
        UserMessage(
          "These settings were changed by somebody else in the meantime.",
          next: "Load them again, and make your change anew.")
      case .currencyLocked:
        UserMessage(
          "The currency stays as it is, since the shop has sold in it.",
          next: "Open another shop for another currency.")
      case .amountUnusable:
        UserMessage(
          "That is not an amount in the shop's currency.",
          next: "Enter an amount above zero, or leave the field empty.")
      case .originUnusable(let origin):
        UserMessage(
          "\(origin) is not an origin.",
          next: "Enter a scheme and a host only, such as \("https://www.example.com").")
      case .poweredByStays:
        UserMessage(
          "Your plan shows the line about Martlet.", next: "Take a larger plan to hide it.")
      }
    }
  }

  /// What is stored: each nil stays as it is.
  struct Change: Sendable {
    var currency: Currency?
    var minimumOrder: Money??
    var approvalThreshold: Money??
    var corsOrigins: [String]?
  }

  /// - Parameter mayHidePoweredBy: As the plan says.
  static func decide(
    _ form: Form, on shop: ShopRow, mayHidePoweredBy: Bool
  ) throws(Refusal) -> Change {
    if let version = form.version, version != shop.version { throw .versionConflict }
    var change = Change()
    let currency = Currency(code: form.currency ?? shop.currency)
    guard let currency else { throw .amountUnusable }
    if currency.code != shop.currency {
      guard shop.firstLiveOrderAt == nil else { throw .currencyLocked }
      change.currency = currency
      // Amounts of the old currency mean nothing in the new one.
      change.minimumOrder = .some(nil)
      change.approvalThreshold = .some(nil)
    }
    if let given = form.minimumOrder { change.minimumOrder = .some(try given.money(in: currency)) }
    if let given = form.approvalThreshold {
      change.approvalThreshold = .some(try given.money(in: currency))
    }
    change.corsOrigins = try form.corsOrigins.map(origins)
    if form.showsPoweredBy == false, !mayHidePoweredBy { throw .poweredByStays }
    return change
  }

  private static func origins(_ given: [String]) throws(Refusal) -> [String] {
    var origins: [String] = []
    for text in given.flatMap({ $0.split(whereSeparator: { $0.isWhitespace || $0 == "," }) }) {
      guard let origin = CrossOrigin.origin(String(text)), origins.count < 20 else {
        throw .originUnusable(String(text.prefix(80)))
      }
      if !origins.contains(origin) { origins.append(origin) }
    }
    return origins
  }

  nonisolated(nonsending) static func perform(
    _ form: Form, by member: StaffMember, in tx: Transaction, plans: [Plan],
    of shops: Shops
  ) async throws -> ShopRow {
    let shop = try await tx.one(ShopRow.locked(in: member.scope))
    let change = try decide(form, on: shop, mayHidePoweredBy: plans.letHidePoweredBy(shop))
    try await tx.run(update(form, change, of: member.shop))
    let changed = try await tx.one(ShopRow.find(in: member.scope))
    let (before, after) = AuditValues.differences(from: shop.audited, to: changed.audited)
    try await tx.run(shops.audit(.settingsChanged, by: member, before: before, after: after))
    return changed
  }

  /// The whole of a request: the effect, and that this process sees it at once.
  static func save(_ form: Form, by member: StaffMember, of shops: Shops) async throws -> ShopRow {
    let plans = try await shops.plans.current(in: Guard.anybody())
    let row = try await shops.database.transaction(in: member.scope) { tx in
      try await perform(form, by: member, in: tx, plans: plans, of: shops)
    }
    shops.directory.forget("\(member.shop)")
    return row
  }

  private static func update(_ form: Form, _ change: Change, of shop: ID<Shop>) -> Command {
    let minimum = change.minimumOrder ?? nil
    let threshold = change.approvalThreshold ?? nil
    return Command(
      """
      UPDATE shops
         SET name = coalesce(\(form.name as String?), name),
             tagline = coalesce(\(form.tagline as String?), tagline),
             accepts_orders = coalesce(\(form.acceptsOrders as Bool?), accepts_orders),
             country = coalesce(\(form.country as String?), country),
             currency = coalesce(\(change.currency?.code as String?), currency),
             locale = coalesce(\(form.locale as String?), locale),
             time_zone = coalesce(\(form.timeZone as String?), time_zone),
             primary_color = coalesce(\(form.primaryColor as String?), primary_color),
             accent_color = coalesce(\(form.accentColor as String?), accent_color),
             font_family = coalesce(\(form.fontFamily?.rawValue as String?), font_family),
             minimum_order_minor = CASE WHEN \(change.minimumOrder != nil)
               THEN \(minimum?.minorUnits as Int128?) ELSE minimum_order_minor END,
             approval_threshold_minor = CASE WHEN \(change.approvalThreshold != nil)
               THEN \(threshold?.minorUnits as Int128?) ELSE approval_threshold_minor END,
             allows_guest_checkout =
               coalesce(\(form.allowsGuestCheckout as Bool?), allows_guest_checkout),
             logs_ip_addresses = coalesce(\(form.logsIPAddresses as Bool?), logs_ip_addresses),
             cors_origins = coalesce(\(change.corsOrigins as [String]?), cors_origins),
             shows_powered_by = coalesce(\(form.showsPoweredBy as Bool?), shows_powered_by),
             discloses_fee = coalesce(\(form.disclosesFee as Bool?), discloses_fee),
             shows_transaction_hashes =
               coalesce(\(form.showsTransactionHashes as Bool?), shows_transaction_hashes),
             version = version + 1
       WHERE shop_id = \(shop)
      """)
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
        takes: Form.fields(shops.site.languages), of: shops.api, answers: [200: ShopView.schema],
        refusals: [409]
      ) { (call: Call<StaffMember, Form>, _: String) in
        var form = call.form
        if let condition = call.request.header("if-match"), condition != "*" {
          form.version = Int(condition.filter { $0 != "\"" }) ?? 0
        }
        let (member, wanted) = (call.granted, form)
        return try Answer(200, ShopView(try await save(wanted, by: member, of: shops), of: shops))
      },
    ]
  }
}

extension [Plan] {
  /// Whether the shop's plan lets it go without the line about Martlet.
  func letHidePoweredBy(_ shop: ShopRow) -> Bool {
    first { $0.code == shop.plan }?.features.contains(.noPoweredBy) ?? false
  }

  func showPoweredBy(_ shop: ShopRow) -> Bool {
    !letHidePoweredBy(shop) || (shop.showsPoweredBy ?? false)
  }
}

extension Kind where Value == String {
  /// `#` and six hexadecimal digits, in lower case.
  static var color: Kind {
    Kind<String>.matching("color", length: 7...7) { ScreenColor($0)?.text }
  }
}
