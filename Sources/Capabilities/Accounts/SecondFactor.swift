import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Scope
import Web

/// The second step of signing in, where an account has one.
enum SecondFactor {
  static func check(_ code: String, of account: ID<Account>, by accounts: Accounts) async throws {
    throw SignIn.Refusal.wrongCode
  }

  static func ask(
    _ account: ID<Account>, _ destination: SignIn.Destination, by accounts: Accounts
  ) throws -> Response {
    throw SignIn.Refusal.secondFactorNeeded
  }
}
