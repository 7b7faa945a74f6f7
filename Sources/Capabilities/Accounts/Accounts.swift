package import API
import FoundationEssentials
import Scope
package import Secrets
package import Web

/// What every verb about accounts works with.
package struct Accounts: Sendable {
  let site: Site
  let api: API
  let database: Database
  let context: Context
  let passwords: PasswordHasher
  let accessTokens: AccessTokens

  package init(site: Site, api: API, rootKeys: RootKeys, passwords: PasswordHasher) {
    self.site = site
    self.api = api
    database = api.database
    context = api.context
    self.passwords = passwords
    accessTokens = AccessTokens(rootKeys: rootKeys, issuer: site.baseURL)
  }

  var now: Date { context.now() }
}
