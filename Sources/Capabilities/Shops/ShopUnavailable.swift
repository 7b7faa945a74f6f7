import Access
import HTML
import Scope

/// What a visitor is told of a shop that is not open.
enum ShopUnavailable: UserFacingError, Equatable {
  /// It may come back.
  case suspended
  case gone

  /// Nil for a shop that is open.
  init?(_ state: ShopState?) {
    switch state {
    case .active: return nil
    case .suspended: self = .suspended
    case .closed, .terminated, .pending, nil: self = .gone
    }
  }

  var code: String {
    switch self {
    case .suspended: "shop_suspended"
    case .gone: "shop_closed"
    }
  }

  var status: Int {
    switch self {
    case .suspended: 503
    case .gone: 410
    }
  }

  var userMessage: UserMessage {
    switch self {
    case .suspended:
      UserMessage(
        "This shop is not open at the moment.",
        next: "Try again later. Whoever bought here reaches the shop by its last mail.")
    case .gone:
      UserMessage(
        "This shop is closed.", next: "Whoever bought here reaches the shop by its last mail.")
    }
  }
}

extension Shops {
  /// As `visitor`, of a shop that is open. Reports and policies ask for less.
  var openShop: Permission<VisitedShop> {
    Permission("anybody", .anybody) { [visitor] request, face in
      let visit = try await visitor.granted(to: request, on: face)
      if let unavailable = ShopUnavailable(ShopState(rawValue: visit.state)) { throw unavailable }
      return visit
    }
  }
}
