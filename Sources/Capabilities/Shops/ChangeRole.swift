import API
import Access
import Fields
import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope

/// Giving somebody who works in a shop another role there.
enum ChangeRole {
  struct Form: Sendable {
    let role: StaffRole

    static let fields = Fields(Field("role", .choice(of: StaffRole.self)), as: Form.init)
  }

  nonisolated(nonsending) static func perform(
    _ role: StaffRole, of account: ID<Account>, by member: StaffMember, in tx: Transaction,
    of shops: Shops
  ) async throws {
    let scope = member.scope
    guard let current = try await tx.first(TeamMember.role(of: account, in: scope)) else {
      throw Denial.notFound
    }
    guard mayGrant(current, by: member.permissions), mayGrant(role, by: member.permissions) else {
      throw Denial.notAllowed
    }
    guard role != current else { return }
    let changed: Int
    do {
      changed = try await tx.run(
        Command(
          """
          UPDATE shop_roles SET role = \(role.rawValue), since = \(shops.now)
           WHERE shop_id = \(scope.id) AND account_id = \(account) AND role = \(current.rawValue)
          """))
    } catch {
      throw StaffLimit(error) ?? error
    }
    // Somebody else was quicker: what the role is by now decides anew.
    guard changed == 1 else {
      return try await perform(role, of: account, by: member, in: tx, of: shops)
    }
    _ = try await tx.run(
      Invitation.removeAll(by: account, in: scope), Transfer.removeAll(of: account, in: scope),
      try shops.send(.roleChanged, to: account, role: role, in: scope))
  }

  // MARK: API

  static func route(of shops: Shops) -> Route {
    .api(
      .patch, "/api/shops/{shop}/roles/{account}", "Change somebody's role",
      for: shops.staff(.writeRoles), takes: Form.fields, of: shops.api, answers: [204: nil],
      refusals: [409]
    ) { (call: Call<StaffMember, Form>, _: String, account: UUID) in
      let (member, role) = (call.granted, call.form.role)
      try await shops.database.transaction(in: member.scope) { tx in
        try await perform(role, of: ID(account), by: member, in: tx, of: shops)
      }
      return .noContent
    }
  }
}
