package import HTTPServer

/// Every address of this capability: route → verb → permission.
package enum AccountsRoutes {
  package static func all(of accounts: Accounts) -> [Route] {
    pages(of: accounts) + api(of: accounts)
  }

  private static func pages(of accounts: Accounts) -> [Route] {
    Register.pages(of: accounts) + SignIn.pages(of: accounts) + [
      SignOut.page(of: accounts), ShowDashboard.route(of: accounts),
    ] + ShowPolicy.pages(of: accounts)
  }

  private static func api(of accounts: Accounts) -> [Route] {
    [
      Register.route(of: accounts), SignIn.route(of: accounts), SignOut.route(of: accounts),
      RefreshTokens.route(of: accounts), ShowMe.route(of: accounts),
    ]
  }
}
