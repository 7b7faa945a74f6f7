package import API
import Access
package import Accounts
import FoundationEssentials
import HTML
package import Scope
package import Shops
package import Web

/// What every verb of the platform's people works with.
package struct Console: Sendable {
  let site: Site
  let api: API
  let accounts: Accounts
  let shops: Shops
  private let database: Database?

  /// - Parameter database: Logs in as `martlet_operator`; nil where this installation has no such login
  ///   for its web processes.
  package init(
    site: Site, api: API, accounts: Accounts, shops: Shops, database: Database?
  ) {
    self.site = site
    self.api = api
    self.accounts = accounts
    self.shops = shops
    self.database = database
  }

  /// The database across shops and accounts, for who may look there.
  func operatorDatabase() throws(Unavailable) -> Database {
    guard let database else { throw Unavailable() }
    return database
  }

  var now: Date { api.context.now() }

  /// For one of the platform's people, over all shops.
  func scope(of session: AccountSession) throws(Denial) -> OperatorScope {
    guard let scope = Guard.operator(session) else { throw .notAllowed }
    return scope
  }

  struct Unavailable: UserFacingError, Equatable {
    var code: String { "console_not_configured" }
    var status: Int { 503 }
    var userMessage: UserMessage {
      UserMessage(
        "This installation shows its operators nothing here.",
        next: "Set MARTLET_OPERATOR_URL for its web processes.")
    }
  }
}
