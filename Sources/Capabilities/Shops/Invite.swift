import API
import Access
import Accounts
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Limits
import PostgreSQL
import Scope

/// Asking somebody by e-mail to work in a shop. What comes back is the same whether or not the address is
/// known here.
enum Invite {
  struct Form: Sendable {
    let email: EmailAddress
    let role: StaffRole

    static let fields = Fields(
      Field("email", .emailAddress), Field("role", .choice(of: StaffRole.self)), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case notVerified

    var code: String { "email_not_verified" }
    var status: Int { 403 }
    var userMessage: UserMessage {
      UserMessage(
        "Your own e-mail address is not verified yet.",
        next: "Open the link that we sent to it, and invite then.")
    }
  }

  /// Mails of one shop: enough for a team that changes, too few to annoy the world.
  private static let perShop = Allowance("invite", 50, per: .seconds(86_400))

  /// What is refused whatever the address is.
  static func check(_ form: Form, by member: StaffMember, of shops: Shops) async throws {
    guard mayGrant(form.role, by: member.permissions) else { throw Denial.notAllowed }
    if let session = member.session, !session.isVerified { throw Refusal.notVerified }
    _ = try await perShop.take(
      by: "\(member.shop)", database: shops.database, in: member.scope, now: shops.now)
  }

  nonisolated(nonsending) static func perform(
    _ form: Form, by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws {
    let (scope, now) = (member.scope, shops.now)
    // An invitation that somebody else made is theirs to give, as the role is.
    let (known, open) = try await tx.run(
      Invitation.find(to: form.email, in: scope, now: now), taken(in: scope, now: now))
    if let known = known.first, !mayGrant(known.role, by: member.permissions) {
      throw Denial.notAllowed
    }
    if known.isEmpty, let limit = open.first?.limit(reachedBy: form.role) { throw limit }
    let id = try await tx.one(insert(form, by: member, shops))
    try await tx.run(try shops.send(.invitation, to: id, in: scope))
  }

  private static func insert(
    _ form: Form, by member: StaffMember, _ shops: Shops
  ) -> Query<ID<Invitation>> {
    let now = shops.now
    return Query(
      """
      INSERT INTO shop_invitations
        (shop_id, id, email, email_key, role, invited_by, language, invited_at, expires_at)
      VALUES (\(member.shop), \(shops.context.newID(Invitation.self)), \(form.email.text),
              \(form.email.key), \(form.role.rawValue), \(member.session?.account as ID<Account>?),
              \(Language.current.code), \(now), \(now + Invitation.life))
      ON CONFLICT (shop_id, email_key) DO UPDATE
        SET email = excluded.email, role = excluded.role, invited_by = excluded.invited_by,
            language = excluded.language, invited_at = excluded.invited_at,
            expires_at = excluded.expires_at, token_hash = NULL
      RETURNING id
      """
    ) { row throws(RowError) in try row.get("id") }
  }

  /// Places that are taken, or kept for who was asked. The database counts again when one is taken.
  private struct Taken: Sendable {
    let managers: Int
    let others: Int

    func limit(reachedBy role: StaffRole) -> StaffLimit? {
      if role == .manager { return managers < StaffLimit.mostManagers ? nil : .managers }
      return others < StaffLimit.mostOthers ? nil : .others
    }
  }

  private static func taken(in shop: ShopScope, now: Date) -> Query<Taken> {
    Query(
      """
      SELECT count(*) FILTER (WHERE role = 'manager') AS managers,
             count(*) FILTER (WHERE role NOT IN ('owner', 'manager')) AS others
        FROM (SELECT role FROM shop_roles WHERE shop_id = \(shop.id)
              UNION ALL
              SELECT role FROM shop_invitations
               WHERE shop_id = \(shop.id) AND expires_at > \(now)) AS places
      """
    ) { row throws(RowError) in
      Taken(managers: try row.get("managers"), others: try row.get("others"))
    }
  }

  // MARK: API

  static let path = "/api/shops/{shop}/invitations"

  static func routes(of shops: Shops) -> [Route] {
    [
      .api(
        .get, path, "Invitations that are open", for: shops.staff(.readRoles), of: shops.api,
        answers: [200: .answer(["data": .list(of: Invitation.View.schema, count: 0...100)])]
      ) { (call: Call<StaffMember, Void>, _: String) in
        let scope = call.granted.scope
        let open = try await shops.database.all(
          Invitation.all(in: scope, now: shops.now), in: scope)
        return try Answer(200, ["data": open.map(Invitation.View.init)])
      },
      .api(
        .post, path, "Invite somebody to the team", for: shops.staff(.writeRoles),
        takes: Form.fields, of: shops.api, answers: [202: nil], refusals: [409]
      ) { (call: Call<StaffMember, Form>, _: String) in
        let (form, member) = (call.form, call.granted)
        try await check(form, by: member, of: shops)
        return try await call.transaction(in: member.scope) { tx in
          try await perform(form, by: member, in: tx, of: shops)
          return .accepted
        }
      },
    ]
  }
}

/// Taking an invitation back before it is accepted.
enum WithdrawInvitation {
  nonisolated(nonsending) static func perform(
    _ id: ID<Invitation>, by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws {
    let query = Invitation.find(id, in: member.scope, now: shops.now)
    guard let invitation = try await tx.first(query) else { throw Denial.notFound }
    guard mayGrant(invitation.role, by: member.permissions) else { throw Denial.notAllowed }
    try await tx.run(Invitation.remove(id, in: member.scope))
  }

  static func route(of shops: Shops) -> Route {
    .api(
      .delete, "\(Invite.path)/{invitation}", "Withdraw an invitation",
      for: shops.staff(.writeRoles), of: shops.api, answers: [204: nil]
    ) { (call: Call<StaffMember, Void>, _: String, invitation: UUID) in
      let member = call.granted
      try await shops.database.transaction(in: member.scope) { tx in
        try await perform(ID(invitation), by: member, in: tx, of: shops)
      }
      return .noContent
    }
  }
}
