import API
import Access
import Fields
import FoundationEssentials
import HTML
import PostgreSQL
import Scope

/// Somebody with a role in a shop, as those who work there see them.
struct TeamMember: Sendable {
  let account: ID<Account>
  let name: String
  let email: String
  let role: StaffRole
  let since: Date

  /// By what they are called where they have given no name.
  var shownName: String { name.isEmpty ? email.maskedEmail : name }

  static func all() -> Query<TeamMember> {
    Query("SELECT account_id, name, email, role, since FROM app.team_of_shop()") {
      row throws(RowError) in
      TeamMember(
        account: try row.get("account_id"), name: try row.get("name"),
        email: try row.get("email", as: String?.self) ?? "",
        role: try row.staffRole("role"), since: try row.get("since"))
    }
  }

  /// As it is at this moment. What rests on it says so in its own statement, since an owner's row can be
  /// held by nobody.
  static func role(of account: ID<Account>, in shop: ShopScope) -> Query<StaffRole> {
    Query(
      "SELECT role FROM shop_roles WHERE shop_id = \(shop.id) AND account_id = \(account)"
    ) { row throws(RowError) in try row.staffRole("role") }
  }

  struct View: Encodable, Sendable {
    let accountId: String
    let name: String
    let email: String
    let role: String
    let since: Date

    init(_ member: TeamMember) {
      accountId = "\(member.account)"
      name = member.name
      email = member.email.maskedEmail
      role = member.role.rawValue
      since = member.since
    }

    static let schema = Schema.answer([
      "account_id": .id, "name": .words(200), "email": .words(260), "role": StaffRole.schema,
      "since": .time,
    ])
  }
}

extension StaffRole {
  static let schema = Schema.choice(allCases.map(\.rawValue))
}

extension Row {
  /// The table's CHECK lets no other word in.
  borrowing func staffRole(_ column: StaticString) throws(RowError) -> StaffRole {
    StaffRole(rawValue: try get(column)) ?? .support
  }
}

extension String {
  /// An e-mail address that those who know it recognise, and others cannot write to.
  var maskedEmail: String {
    guard let at = lastIndex(of: "@"), at > startIndex else { return "" }
    return "\(prefix(1))•••\(self[at...])"
  }
}

/// A shop has as many people as it may have. Source: `app.keep_staff_limits`.
enum StaffLimit: String, UserFacingError, Equatable {
  case managers = "managers_full"
  case others = "staff_full"
  case plan = "plan_staff_full"

  static let mostManagers = 5
  static let mostOthers = 10

  init?(_ error: any Error) {
    switch (error as? PostgreSQLError)?.serverError?.state {
    case SQLState("MS003"): self = .managers
    case SQLState("MS004"): self = .others
    case SQLState("MS005"): self = .plan
    default: return nil
    }
  }

  var code: String { rawValue }
  var status: Int { 409 }

  var userMessage: UserMessage {
    switch self {
    case .managers:
      UserMessage(
        "A shop has up to \(Self.mostManagers) managers.",
        next: "Give one of them another role, or withdraw an invitation.")
    case .others:
      UserMessage(
        "A shop has up to \(Self.mostOthers) people in finance, support and development.",
        next: "Remove somebody who no longer works here, or withdraw an invitation.")
    case .plan:
      UserMessage(
        "The shop's plan has no room for more people.",
        next: "Take a larger plan, or remove somebody who no longer works here.")
    }
  }
}
