import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope

/// Handing a shop to another owner: the owner names a manager, who accepts; three days later it is theirs.
/// Until then either may end it. Both have a second factor and have just given their password.
enum TransferShop {
  struct Form: Sendable {
    let account: ID<Account>

    static let fields = Fields(Field("account", .accountID), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case notAManager
    case underWay
    case nothingToAccept

    var code: String {
      switch self {
      case .notAManager: "not_a_manager"
      case .underWay: "transfer_under_way"
      case .nothingToAccept: "no_transfer"
      }
    }

    var status: Int { self == .notAManager ? 422 : 409 }

    var userMessage: UserMessage {
      switch self {
      case .notAManager:
        UserMessage(
          "A shop is handed over to one of its managers.",
          next: "Make that person a manager first.")
      case .underWay:
        UserMessage(
          "The shop is being handed over already.", next: "Cancel that first to name another.")
      case .nothingToAccept:
        UserMessage(
          "There is nothing to accept: it was cancelled, or is over.",
          next: "Ask the owner to name you again.")
      }
    }
  }

  /// Who may decide about it: a person, with a second factor.
  private static func decider(_ member: StaffMember) throws(Denial) -> ID<Account> {
    guard let session = member.session else { throw .notAllowed }
    guard session.hasSecondFactor else { throw .secondFactorRequired }
    return session.account
  }

  nonisolated(nonsending) static func ask(
    _ form: Form, by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws {
    let (owner, scope, now) = (try decider(member), member.scope, shops.now)
    let role = try await tx.first(TeamMember.role(of: form.account, in: scope))
    guard role == .manager else { throw Refusal.notAManager }
    if let known = try await tx.first(Transfer.locked(in: scope)) {
      guard !known.isOpen(at: now) else { throw Refusal.underWay }
      try await tx.run(Transfer.remove(in: scope))
    }
    let asked = try await tx.run(
      Command(
        """
        INSERT INTO shop_transfers (shop_id, from_account, to_account, asked_at)
        VALUES (\(scope.id), \(owner), \(form.account), \(now)) ON CONFLICT DO NOTHING
        """))
    guard asked == 1 else { throw Refusal.underWay }
    for account in [owner, form.account] {
      try await tx.run(
        shops.send(.transferAsked, to: account, other: form.account, in: scope))
    }
  }

  /// Whoever gets a shop has it among their own, and as many as their plan allows.
  static func checkRoom(for member: StaffMember, of shops: Shops) async throws {
    let asked = try await shops.database.first(Transfer.find(in: member.scope), in: member.scope)
    // Of anybody else, `accept` says that there is nothing to accept.
    guard let session = member.session, asked?.to == session.account else { return }
    let allowance = try await shops.database.one(
      ShowShops.Allowance.find(at: shops.now), in: session.scope)
    guard allowance.hasRoom else { throw OpenShop.Refusal.allowanceUsedUp }
  }

  nonisolated(nonsending) static func accept(
    by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws -> Transfer {
    let (account, scope, now) = (try decider(member), member.scope, shops.now)
    guard let known = try await tx.first(Transfer.locked(in: scope)), known.to == account,
      known.isOpen(at: now)
    else { throw Refusal.nothingToAccept }
    guard known.dueAt == nil else { return known }
    let due = now + Transfer.delay
    try await tx.run(
      Command("UPDATE shop_transfers SET due_at = \(due) WHERE shop_id = \(scope.id)"))
    for recipient in [known.from, known.to] {
      try await tx.run(
        shops.send(.transferAccepted, to: recipient, other: known.to, dueAt: due, in: scope))
    }
    return Transfer(from: known.from, to: known.to, askedAt: known.askedAt, dueAt: due)
  }

  /// Asks no second factor: who stops it may just have lost theirs.
  nonisolated(nonsending) static func cancel(
    by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws {
    guard let account = member.session?.account else { throw Denial.notAllowed }
    let scope = member.scope
    guard let known = try await tx.first(Transfer.locked(in: scope)), known.concerns(account)
    else { throw Denial.notFound }
    try await tx.run(Transfer.remove(in: scope))
    for recipient in [known.from, known.to] {
      try await tx.run(shops.send(.transferCancelled, to: recipient, other: known.to, in: scope))
    }
  }

  // MARK: API

  static func routes(of shops: Shops) -> [Route] {
    let path = "/api/shops/{shop}/transfer"
    return [
      .api(
        .get, path, "The hand-over that is under way", for: shops.staff(.readRoles), of: shops.api,
        answers: [200: .answer(["transfer": .nullable(Transfer.View.schema)])]
      ) { (call: Call<StaffMember, Void>, _: String) in
        let scope = call.granted.scope
        let known = try await shops.database.first(Transfer.find(in: scope), in: scope)
        let open = known.flatMap { $0.isOpen(at: shops.now) ? $0 : nil }
        return try Answer(200, Shown(transfer: open.map(Transfer.View.init)))
      },
      .api(
        .post, path, "Hand the shop over to a manager",
        for: shops.staff(.transferShop, confirmed: true), takes: Form.fields, of: shops.api,
        answers: [202: nil], refusals: [409]
      ) { (call: Call<StaffMember, Form>, _: String) in
        let (form, member) = (call.form, call.granted)
        return try await call.transaction(in: member.scope) { tx in
          try await ask(form, by: member, in: tx, of: shops)
          return .accepted
        }
      },
      .api(
        .post, "\(path)/accept", "Accept the hand-over of a shop",
        for: shops.staff(.readShop, confirmed: true), of: shops.api,
        answers: [200: Transfer.View.schema], refusals: [409]
      ) { (call: Call<StaffMember, Void>, _: String) in
        let member = call.granted
        try await checkRoom(for: member, of: shops)
        return try await call.transaction(in: member.scope) { tx in
          try Answer(200, Transfer.View(try await accept(by: member, in: tx, of: shops)))
        }
      },
      .api(
        .delete, path, "Cancel the hand-over of a shop", for: shops.staff(.readShop),
        of: shops.api, answers: [204: nil]
      ) { (call: Call<StaffMember, Void>, _: String) in
        let member = call.granted
        try await shops.database.transaction(in: member.scope) { tx in
          try await cancel(by: member, in: tx, of: shops)
        }
        return .noContent
      },
    ]
  }

  private struct Shown: Encodable, Sendable {
    @OrNull var transfer: Transfer.View?
  }
}

extension Kind where Value == ID<Account> {
  static var accountID: Kind { Kind<UUID>.uuid().map { ID($0) } }
}
