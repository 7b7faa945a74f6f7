import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Web

/// Who works in a shop, who is asked to, and to whom it may go: for programs a list, for people the place
/// where all of it is done.
enum ShowTeam {
  static func path(of slug: String) -> String { "\(ShowShopHome.path(of: slug))/team" }

  static func route(of shops: Shops) -> Route {
    .api(
      .get, "/api/shops/{shop}/roles", "Who works in a shop", for: shops.staff(.readRoles),
      of: shops.api,
      answers: [200: .answer(["data": .list(of: TeamMember.View.schema, count: 1...16)])]
    ) { (call: Call<StaffMember, Void>, _: String) in
      let team = try await shops.database.all(TeamMember.all(), in: call.granted.scope)
      return try Answer(200, ["data": team.map(TeamMember.View.init)])
    }
  }

  // MARK: Pages

  /// One of the team, as a form names them.
  struct Chosen: Sendable {
    let account: ID<Account>
    let role: StaffRole

    static let fields = Fields(
      Field("account", .accountID), Field("role", .choice(of: StaffRole.self)), as: Chosen.init)
  }

  private struct Withdrawn: Sendable {
    let invitation: ID<Invitation>

    static let fields = Fields(
      Field("invitation", Kind<UUID>.uuid().map { ID<Invitation>($0) }), as: Withdrawn.init)
  }

  private struct Nothing: Sendable {
    let answer: String?

    static let fields = Fields(Field("answer", .optional(.text(max: 10))), as: Nothing.init)
  }

  private static let place = "/dashboard/{shop}/team"

  static func pages(of shops: Shops) -> [Route] {
    let write = shops.staff(.writeRoles)
    return [
      .page(.get, place, for: shops.staff(.readRoles), of: shops.site) {
        (visit: Visit<StaffMember>, _: String) in
        let form = FilledForm(Invite.Form.fields.schema)
        return .privatePage(try await page(form, visit, of: shops))
      },
      post("invite", write, Invite.Form.fields, saying: .invited, of: shops) {
        form, member in
        try await Invite.check(form, by: member, of: shops)
        try await change(member, shops) { tx in
          try await Invite.perform(form, by: member, in: tx, of: shops)
        }
      },
      post("withdraw", write, Withdrawn.fields, saying: .invitationWithdrawn, of: shops) {
        form, member in
        try await change(member, shops) { tx in
          try await WithdrawInvitation.perform(form.invitation, by: member, in: tx, of: shops)
        }
      },
      post("role", write, Chosen.fields, saying: .roleChanged, of: shops) { form, member in
        try await change(member, shops) { tx in
          try await ChangeRole.perform(form.role, of: form.account, by: member, in: tx, of: shops)
        }
      },
      post("remove", write, TransferShop.Form.fields, saying: .roleRemoved, of: shops) {
        form, member in
        try await change(member, shops) { tx in
          try await RemoveRole.perform(of: form.account, by: member, in: tx, of: shops)
        }
      },
      post(
        "leave", shops.staff(.readShop), Nothing.fields, saying: .shopLeft,
        leadsOut: true, of: shops
      ) { _, member in
        try await change(member, shops) { tx in
          try await RemoveRole.leave(member, in: tx, of: shops)
        }
      },
    ] + transferPages(of: shops)
  }

  private static func transferPages(of shops: Shops) -> [Route] {
    [
      post(
        "transfer", shops.staff(.transferShop, confirmed: true), TransferShop.Form.fields,
        saying: .transferAsked, of: shops
      ) { form, member in
        try await change(member, shops) { tx in
          try await TransferShop.ask(form, by: member, in: tx, of: shops)
        }
      },
      post(
        "transfer/accept", shops.staff(.readShop, confirmed: true), Nothing.fields,
        saying: .transferAccepted, of: shops
      ) { _, member in
        try await TransferShop.checkRoom(for: member, of: shops)
        try await change(member, shops) { tx in
          _ = try await TransferShop.accept(by: member, in: tx, of: shops)
        }
      },
      post(
        "transfer/cancel", shops.staff(.readShop), Nothing.fields, saying: .transferCancelled,
        of: shops
      ) { _, member in
        try await change(member, shops) { tx in
          try await TransferShop.cancel(by: member, in: tx, of: shops)
        }
      },
    ]
  }

  private static func change(
    _ member: StaffMember, _ shops: Shops,
    _ body: nonisolated(nonsending) @Sendable (Transaction) async throws -> Void
  ) async throws {
    try await shops.database.transaction(in: member.scope, body)
  }

  /// A form of this page, and the page again where it is refused.
  private static func post<Form>(
    _ name: String, _ permission: Permission<StaffMember>, _ fields: Fields<Form>,
    saying flash: Flash, leadsOut: Bool = false, of shops: Shops,
    _ perform: @escaping @Sendable (Form, StaffMember) async throws -> Void
  ) -> Route {
    .page(
      .post, "\(place)/\(name)", for: permission, of: shops.site,
      limits: RouteLimits(maximumBodyBytes: 16 << 10, accepts: [.form])
    ) { (visit: Visit<StaffMember>, _: String) in
      let member = visit.granted
      var refused: FilledForm?
      let response = try await visit.form(fields) { form in
        try await perform(form, member)
        let next = leadsOut ? Site.dashboardPath : path(of: member.membership.slug)
        return .redirect(to: next, saying: flash, of: visit.site)
      } again: { form in
        refused = form
        return ""
      }
      guard let refused else { return response }
      return .privatePage(
        try await page(refused, visit, of: shops), status: response.status)
    }
  }

  private static func page(
    _ form: FilledForm, _ visit: Visit<StaffMember>, of shops: Shops
  ) async throws -> HTML {
    let (member, now) = (visit.granted, shops.now)
    let scope = member.scope
    let (team, open, transfers) = try await shops.database.transaction(in: scope) { tx in
      try await tx.run(
        TeamMember.all(), Invitation.all(in: scope, now: now), Transfer.find(in: scope))
    }
    return TeamPage(
      member: member, team: team, invitations: open,
      transfer: transfers.first { $0.isOpen(at: now) }, form: form, now: now
    ).html(in: visit.frame)
  }
}
