internal import HTML
package import Money

/// What an account pays for its shops: a row that the operator can change.
package struct Plan: Sendable, Equatable {
  /// Stable, such as `growth`.
  package let code: String
  /// A name, so the same in every language.
  package let name: String
  package let monthlyPrice: Money
  /// Hundredths of a percent of each sale: 350 is 3.5 %.
  package let feeBasisPoints: Int
  /// How many shops it allows; nil is as many as one likes.
  package let shopAllowance: Int?
  package let limits: Limits
  package let features: [Feature]

  package init(
    code: String, name: String, monthlyPrice: Money, feeBasisPoints: Int, shopAllowance: Int?,
    limits: Limits, features: [Feature]
  ) {
    self.code = code
    self.name = name
    self.monthlyPrice = monthlyPrice
    self.feeBasisPoints = feeBasisPoints
    self.shopAllowance = shopAllowance
    self.limits = limits
    self.features = features
  }

  /// For each shop; nil is no limit.
  package struct Limits: Sendable, Equatable {
    package let products: Int?
    package let ordersPerMonth: Int?
    package let staff: Int?

    package init(products: Int? = nil, ordersPerMonth: Int? = nil, staff: Int? = nil) {
      self.products = products
      self.ordersPerMonth = ordersPerMonth
      self.staff = staff
    }
  }

  /// What a plan includes, by the code in its row.
  package enum Feature: String, Sendable, CaseIterable {
    case webShop = "web_shop"
    case telegramBot = "telegram_bot"
    case ownDomain = "own_domain"
    case api
    case noPoweredBy = "no_powered_by"

    var words: Text {
      switch self {
      case .webShop: "A shop on the web"
      case .telegramBot: "A shop in Telegram, with its own bot"
      case .ownDomain: "Your own domain"
      case .api: "API and webhooks"
      case .noPoweredBy: "No mention of Martlet in your shop"
      }
    }
  }
}

extension Plan {
  var allowanceWords: Text {
    shopAllowance.map { "\(count: $0) shops" } ?? "As many shops as you like"
  }

  /// All that it gives, in the order that a reader asks for it.
  var offers: [Text] {
    [
      allowanceWords,
      limits.products.map { "\(count: $0) products" } ?? "Any number of products",
      limits.ordersPerMonth.map { "\(count: $0) orders a month" } ?? "Any number of orders",
    ] + staffWords + features.map(\.words)
  }

  /// Only a limit is worth a word: without one, roles still have theirs in every shop.
  private var staffWords: [Text] {
    [limits.staff.map { "\(count: $0) people on your staff" }].compactMap { $0 }
  }
}
