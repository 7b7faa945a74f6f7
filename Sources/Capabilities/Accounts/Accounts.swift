package import API
package import DataKeys
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
  let pendingTokens: SignedTokens
  let dataKeys: DataKeys

  package init(
    site: Site, api: API, rootKeys: RootKeys, dataKeys: DataKeys, passwords: PasswordHasher
  ) {
    self.site = site
    self.api = api
    database = api.database
    context = api.context
    self.passwords = passwords
    self.dataKeys = dataKeys
    accessTokens = AccessTokens(rootKeys: rootKeys, issuer: site.baseURL)
    pendingTokens = SignedTokens(
      rootKeys: rootKeys, purpose: "pending sign-ins", issuer: site.baseURL,
      audience: "second factor")
  }

  var now: Date { context.now() }
}
