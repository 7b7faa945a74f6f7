import API
import Access
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope

/// Somebody no longer works in a shop: by others' word, or their own. The next request of theirs finds it.
enum RemoveRole {
  enum Refusal: UserFacingError, Equatable {
    case ownerStays

    var code: String { "owner_stays" }
    var status: Int { 409 }
    var userMessage: UserMessage {
      UserMessage(
        "A shop has an owner at all times.", next: "Hand the shop over first, then leave it.")
    }
  }

  nonisolated(nonsending) static func perform(
    of account: ID<Account>, by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws {
    guard let role = try await tx.first(TeamMember.role(of: account, in: member.scope)) else {
      throw Denial.notFound
    }
    guard mayGrant(role, by: member.permissions) else { throw Denial.notAllowed }
    guard try await remove(account, as: role, in: tx, member.scope, of: shops) else {
      // Somebody else was quicker: what the role is by now decides anew.
      return try await perform(of: account, by: member, in: tx, of: shops)
    }
  }

  nonisolated(nonsending) static func leave(
    _ member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws {
    guard let account = member.session?.account else { throw Denial.notAllowed }
    guard let role = try await tx.first(TeamMember.role(of: account, in: member.scope)) else {
      throw Denial.notFound
    }
    guard role != .owner else { throw Refusal.ownerStays }
    guard try await remove(account, as: role, in: tx, member.scope, of: shops) else {
      return try await leave(member, in: tx, of: shops)
    }
  }

  /// - Returns: False where the role is another by now.
  private nonisolated(nonsending) static func remove(
    _ account: ID<Account>, as role: StaffRole, in tx: Transaction, _ scope: ShopScope,
    of shops: Shops
  ) async throws -> Bool {
    let removed = try await tx.run(
      Command(
        """
        DELETE FROM shop_roles
         WHERE shop_id = \(scope.id) AND account_id = \(account) AND role = \(role.rawValue)
        """))
    guard removed == 1 else { return false }
    _ = try await tx.run(
      Invitation.removeAll(by: account, in: scope),
      try shops.send(.roleRemoved, to: account, in: scope))
    return true
  }

  // MARK: API

  static func routes(of shops: Shops) -> [Route] {
    [
      .api(
        .delete, "/api/shops/{shop}/roles/{account}", "Remove somebody from the team",
        for: shops.staff(.writeRoles), of: shops.api, answers: [204: nil]
      ) { (call: Call<StaffMember, Void>, _: String, account: UUID) in
        let member = call.granted
        try await shops.database.transaction(in: member.scope) { tx in
          try await perform(of: ID(account), by: member, in: tx, of: shops)
        }
        return .noContent
      },
      .api(
        .post, "/api/shops/{shop}/leave", "Leave the team", for: shops.staff(.readShop),
        of: shops.api, answers: [204: nil], refusals: [409]
      ) { (call: Call<StaffMember, Void>, _: String) in
        let member = call.granted
        return try await call.transaction(in: member.scope) { tx in
          try await leave(member, in: tx, of: shops)
          return .noContent
        }
      },
    ]
  }
}
