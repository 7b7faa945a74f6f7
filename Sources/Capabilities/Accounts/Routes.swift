package import HTTPServer

/// Every address of this capability: route → verb → permission.
package enum AccountsRoutes {
  package static func all(of accounts: Accounts) -> [Route] {
    pages(of: accounts) + api(of: accounts)
  }

  private static func pages(of accounts: Accounts) -> [Route] {
    let forms = [
      Register.pages, SignIn.pages, VerifyEmail.pages, ResetPassword.pages, ChangePassword.pages,
      EditProfile.pages, ChangeEmail.pages, EndSessions.pages, EraseAccount.pages,
      AcceptTerms.pages, ShowPolicy.pages, EnterCode.pages, ConfirmIdentity.pages,
      ShowSecondFactor.pages,
    ]
    let single = [
      SignOut.page, SendVerification.page, ShowSessions.page,
      ExportAccount.page,
    ]
    return forms.flatMap { $0(accounts) } + single.map { $0(accounts) }
  }

  private static func api(of accounts: Accounts) -> [Route] {
    let several = [
      ResetPassword.routes, ChangeEmail.routes, EndSessions.routes, EnrolSecondFactor.routes,
    ]
    let single = [
      Register.route, SignIn.route, SignOut.route, RefreshTokens.route, VerifyEmail.route,
      ShowMe.route, EditProfile.route, SendVerification.route, ChangePassword.route,
      ShowSessions.route, ExportAccount.route, EraseAccount.route, AcceptTerms.route,
      ConfirmIdentity.route, TurnOffSecondFactor.route, RenewRecoveryCodes.route,
    ]
    return single.map { $0(accounts) } + several.flatMap { $0(accounts) }
  }
}
