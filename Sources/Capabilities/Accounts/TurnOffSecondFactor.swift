import API
import Access
import Fields
import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Doing without a second factor again, by one last code of it.
enum TurnOffSecondFactor {
  typealias Form = EnrolSecondFactor.Form

  static func perform(
    _ form: Form, _ session: AccountSession, by accounts: Accounts
  ) async throws -> SetCookie? {
    guard session.hasSecondFactor else { throw SecondFactor.Refusal.notOn }
    try await SecondFactor.check(form.code, of: session.account, by: accounts)
    let scope = session.scope
    return try await accounts.database.transaction(in: scope) { tx in
      _ = try await tx.run(
        Command("DELETE FROM account_totp WHERE account_id = \(scope.id)"),
        Command("DELETE FROM recovery_codes WHERE account_id = \(scope.id)"),
        try accounts.send(.secondFactorOff, to: scope))
      return try await accounts.renewBrowserSession(session, in: tx)
    }
  }

  static func route(of accounts: Accounts) -> Route {
    .api(
      .delete, "/api/me/totp", "Turn the second factor off", for: accounts.confirmed,
      takes: Form.fields, of: accounts.api, answers: [204: nil], refusals: [401, 409]
    ) { call in
      _ = try await perform(call.form, call.granted, by: accounts)
      return .noContent
    }
  }
}
