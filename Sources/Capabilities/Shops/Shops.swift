package import API
package import Access
package import Accounts
package import Audit
package import Documents
package import FoundationEssentials
import HTTPServer
package import ObjectStorage
package import Scope
package import Web

/// What every verb about shops works with.
package struct Shops: Sendable {
  let site: Site
  let api: API
  let accounts: Accounts
  let database: Database
  let context: Context
  let plans: PlanList
  package let directory: ShopDirectory
  /// Where pictures of shops are.
  let storage: any ObjectStorage
  let images: ImageConverter

  package init(
    site: Site, api: API, accounts: Accounts, plans: PlanList, storage: any ObjectStorage,
    images: ImageConverter
  ) {
    self.site = site
    self.api = api
    self.accounts = accounts
    database = api.database
    context = api.context
    self.plans = plans
    self.storage = storage
    self.images = images
    directory = ShopDirectory(database: api.database)
  }

  var now: Date { context.now() }

  /// Of the plans on offer, from the smallest to the largest.
  package func planNames() async throws -> [String] { try await plans.codes() }

  /// Where a shop's visitors go.
  package func storefrontURL(of slug: String) -> String {
    let parts = site.baseURL.split(separator: "://", maxSplits: 1)
    return "\(parts[0])://\(slug).\(parts[1])"
  }
}

/// Somebody who works in a shop, in the middle of a request.
package struct StaffMember: Sendable {
  package let session: AccountSession
  package let membership: ShopMembership
  package let role: StaffRole
  /// Of the request that they make.
  package let origin: RequestOrigin

  package var shop: ID<Shop> { membership.shop }
  /// Whose account acts; nil where none does.
  var account: ID<Account>? { session.account }
  /// Catalogue, settings and people of the shop.
  package var scope: ShopScope { membership.scope(.staff) }
}

extension StaffMember: Caller {
  package var callerID: UUID { session.callerID }
}

extension Shops {
  /// Whoever holds a permission in the shop that `{shop}` of the address names, by id or name. To whoever
  /// is nothing there, the shop is not there.
  /// - Parameter confirmed: Whether a person must have given the password of late.
  package func staff(
    _ needed: ShopPermission, confirmed: Bool = false
  ) -> Permission<StaffMember> {
    Permission(needed.rawValue, .staff, roles: needed.roles) { [self] request, face in
      let session = try await accounts.signedIn.granted(to: request, on: face)
      let member = try await member(session, of: request)
      guard member.role.permissions.contains(needed) else { throw Denial.notAllowed }
      guard !confirmed || accounts.isConfirmed(member.session) else {
        throw Denial.confirmationNeeded
      }
      return member
    }
  }

  /// The same, with a password given of late: for what is hard to take back.
  package func confirmedStaff(_ needed: ShopPermission) -> Permission<StaffMember> {
    let staff = staff(needed)
    return Permission(needed.rawValue, .staff, roles: needed.roles) { [self] request, face in
      let member = try await staff.granted(to: request, on: face)
      _ = try await accounts.confirmed.granted(to: request, on: face)
      return member
    }
  }

  private func member(
    _ session: AccountSession, of request: Request
  ) async throws -> StaffMember {
    let reference = request.parameter("shop") ?? ""
    let membership = try await Guard.membership(of: session, in: reference, database: database)
    guard let membership, let role = StaffRole(rawValue: membership.role) else {
      throw Denial.notFound
    }
    return StaffMember(
      session: session, membership: membership, role: role, origin: RequestOrigin(request))
  }
}
