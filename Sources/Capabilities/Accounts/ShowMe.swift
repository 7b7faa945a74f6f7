import API
import Access
import FoundationEssentials
import HTTPServer
import Scope

/// Who is signed in, as programs read it.
enum ShowMe {
  struct Profile: Encodable, Sendable {
    let id: String
    let email: String
    let emailVerified: Bool
    let name: String
    /// Null for as the browser asks.
    @OrNull var language: String?
    let timeZone: String
    let theme: String
    /// Accepted last, and whether they are the ones in force.
    let termsVersion: String
    let termsCurrent: Bool
    let secondFactor: Bool
    let isOperator: Bool
    let version: Int
    let createdAt: Date

    init(_ row: AccountRow, _ session: AccountSession) {
      id = "\(row.id)"
      email = row.email
      emailVerified = row.isVerified
      name = row.name
      _language = OrNull(wrappedValue: row.language)
      timeZone = row.timeZone
      theme = row.theme
      termsVersion = row.termsVersion
      termsCurrent = row.termsVersion == Terms.version
      secondFactor = session.hasSecondFactor
      isOperator = session.isOperator
      version = row.version
      createdAt = row.createdAt
    }
  }

  static func route(of accounts: Accounts) -> Route {
    .api(
      .get, "/api/me", "Your account", for: accounts.signedIn, of: accounts.api,
      answers: [200: Profile.schema]
    ) { call in
      let row = try await accounts.database.one(
        AccountRow.find(in: call.granted.scope), in: call.granted.scope)
      return try Answer(200, Profile(row, call.granted))
    }
  }
}
