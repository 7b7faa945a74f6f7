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

/// Who works in a shop, in the middle of a request: a person by their role, or a program by its key.
package struct StaffMember: Sendable {
  package enum Worker: Sendable {
    case person(AccountSession, StaffRole)
    case program(ID<ShopKey>, Set<ShopPermission>)
  }

  package let worker: Worker
  package let membership: ShopMembership
  /// Of the request that they make.
  package let origin: RequestOrigin

  package var shop: ID<Shop> { membership.shop }
  /// Whose account acts; nil where none does.
  var account: ID<Account>? { session?.account }
  /// Catalogue, settings and people of the shop.
  package var scope: ShopScope { membership.scope(.staff) }

  /// Nil of a program.
  package var session: AccountSession? {
    if case .person(let session, _) = worker { session } else { nil }
  }

  package var permissions: Set<ShopPermission> {
    switch worker {
    case .person(_, let role): role.permissions
    case .program(_, let scopes): scopes
    }
  }
}

extension StaffMember: Caller, SeenAsAccount {
  /// An account's or a key's.
  package var callerID: UUID {
    switch worker {
    case .person(let session, _): session.callerID
    case .program(let key, _): key.uuid
    }
  }
}

extension ShopMembership {
  package var staffRole: StaffRole? { role.flatMap(StaffRole.init) }
}

extension Shops {
  /// Whoever holds a permission in the shop that `{shop}` of the address names, by id or name. To whoever
  /// is nothing there, the shop is not there.
  /// - Parameter confirmed: Whether a person must have given the password of late; a program whose key
  ///   may do such things signs each request anyway.
  package func staff(
    _ needed: ShopPermission, confirmed: Bool = false
  ) -> Permission<StaffMember> {
    Permission(needed.rawValue, .staff, roles: needed.roles) { [self] request, face in
      let reference = request.parameter("shop") ?? ""
      let member =
        if face == .api, let key = APIKey(request.bearerToken) {
          try await program(showing: key, in: reference, of: request)
        } else {
          try await person(in: reference, of: request, on: face)
        }
      guard member.permissions.contains(needed) else { throw Denial.notAllowed }
      if confirmed, let session = member.session, !accounts.isConfirmed(session) {
        throw Denial.confirmationNeeded
      }
      return member
    }
  }

  private func person(
    in reference: String, of request: Request, on face: Face
  ) async throws -> StaffMember {
    let session = try await accounts.signedIn.granted(to: request, on: face)
    let membership = try await Guard.membership(of: session, in: reference, database: database)
    guard let membership, let role = membership.staffRole else { throw Denial.notFound }
    return StaffMember(
      worker: .person(session, role), membership: membership, origin: RequestOrigin(request))
  }
}
