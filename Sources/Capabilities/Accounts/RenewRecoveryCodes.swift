import API
import Access
import DataKeys
import Fields
import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope
import Web

/// A new set of recovery codes, for who has used or lost the old one.
enum RenewRecoveryCodes {
  typealias Form = EnrolSecondFactor.Form
  typealias Codes = EnrolSecondFactor.Codes

  static func perform(
    _ form: Form, _ session: AccountSession, by accounts: Accounts
  ) async throws -> Codes {
    guard session.hasSecondFactor else { throw SecondFactor.Refusal.notOn }
    try await SecondFactor.check(form.code, of: session.account, by: accounts)
    let scope = session.scope
    let key = try await accounts.dataKeys.key(of: scope)
    return try await accounts.database.transaction(in: scope) { tx in
      // Held, so that a set is not made for a second factor that is turned off meanwhile.
      guard try await tx.first(Authenticator.find(in: scope, locked: true))?.isOn == true else {
        throw SecondFactor.Refusal.notOn
      }
      return Codes(recoveryCodes: try await SecondFactor.replaceCodes(by: key, in: scope, tx))
    }
  }

  static func route(of accounts: Accounts) -> Route {
    .api(
      .post, "/api/me/recovery-codes", "Get new recovery codes", for: accounts.confirmed,
      takes: Form.fields, of: accounts.api, answers: [200: Codes.schema],
      refusals: [401, 409], isExempt: true
    ) { call in try Answer(200, try await perform(call.form, call.granted, by: accounts)) }
  }
}
