import API
import Access
import Accounts
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import Jobs
import PostgreSQL
import Scope
import Secrets
import Web

/// Taking an invitation: whoever opens the link, signed in with the address that it was sent to.
enum AcceptInvitation {
  struct Form: Sendable {
    let token: SecretToken

    static let fields = Fields(Field("token", .secretToken()), as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    /// Taken, withdrawn, over or never ours: which of them is not told.
    case over
    case forAnother

    var code: String { self == .over ? "invitation_over" : "invitation_for_another" }
    var status: Int { self == .over ? 410 : 403 }

    var userMessage: UserMessage {
      switch self {
      case .over:
        UserMessage(
          "This invitation was used already, was withdrawn, or is over.",
          next: "Ask whoever invited you for a new one.")
      case .forAnother:
        UserMessage(
          "This invitation is for another address, or yours is not verified yet.",
          next: "Sign in with the address that it was sent to, and verify that address.")
      }
    }
  }

  /// What a link offers, to whoever has it. Looking uses nothing up.
  struct Offer: Sendable {
    let shopName: String
    let role: StaffRole
    let address: EmailAddress
    let inviter: String

    static func find(_ token: SecretToken, now: Date) -> Query<Offer> {
      Query(
        """
        SELECT shop_name, role, email, coalesce(inviter, '') AS inviter
          FROM app.find_invitation(\(Bytes(token.hash)), \(now))
        """
      ) { row throws(RowError) in
        Offer(
          shopName: try row.get("shop_name"), role: try row.staffRole("role"),
          address: EmailAddress(try row.get("email")), inviter: try row.get("inviter"))
      }
    }

    func isOpen(to session: AccountSession) -> Bool {
      session.isVerified && EmailAddress(session.email).key == address.key
    }
  }

  /// A place in a team that was taken.
  struct Place: Sendable {
    let shop: ID<Shop>
    let slug: String
    let role: StaffRole
    fileprivate let invitedBy: ID<Account>?
  }

  nonisolated(nonsending) static func perform(
    _ token: SecretToken, by session: AccountSession, in tx: Transaction, of shops: Shops
  ) async throws -> Place {
    let accept = Query<Place>(
      """
      SELECT shop_id, slug, role, invited_by
        FROM app.accept_invitation(\(Bytes(token.hash)), \(shops.now))
      """
    ) { row throws(RowError) in
      Place(
        shop: try row.get("shop_id"), slug: try row.get("slug"), role: try row.staffRole("role"),
        invitedBy: try row.get("invited_by"))
    }
    let place: Place?
    do {
      place = try await tx.first(accept)
    } catch  where error.serverError?.state == SQLState("MS006") {
      throw Refusal.forAnother
    } catch {
      throw StaffLimit(error) ?? error
    }
    guard let place else { throw Refusal.over }
    try await tx.run(
      shops.sendAsAccount(.roleGranted, to: session.account, role: place.role, of: place.shop))
    if let inviter = place.invitedBy {
      try await tx.run(
        shops.sendAsAccount(
          .invitationAccepted, to: inviter, role: place.role, other: session.account,
          of: place.shop))
    }
    return place
  }

  // MARK: API

  struct Accepted: Encodable, Sendable {
    let shop: String
    let slug: String
    let role: String

    static let schema = Schema.answer([
      "shop": .id, "slug": .words(40), "role": StaffRole.schema,
    ])
  }

  static func route(of shops: Shops) -> Route {
    .api(
      .post, "/api/invitations/accept", "Accept an invitation", for: shops.accounts.agreed,
      takes: Form.fields, of: shops.api, answers: [200: Accepted.schema], refusals: [409, 410]
    ) { call in
      let (token, session) = (call.form.token, call.granted)
      return try await call.transaction(in: session.scope) { tx in
        let place = try await perform(token, by: session, in: tx, of: shops)
        return try Answer(
          200, Accepted(shop: "\(place.shop)", slug: place.slug, role: place.role.rawValue))
      }
    }
  }

  // MARK: Pages

  static func path(_ token: SecretToken) -> String { "/invitation/\(token.text)" }

  static func pages(of shops: Shops) -> [Route] {
    [
      .page(.get, "/invitation/{token}", for: shops.accounts.anybodySeen, of: shops.site) {
        (visit: Visit<AccountSession?>, token: String) in
        let token = SecretToken(token)
        let found = try await shops.database.first(
          Offer.find(token, now: shops.now), in: Guard.anybody())
        guard let found else { throw Refusal.over }
        return .privatePage(page(found, token, for: visit.granted, in: visit.frame))
      },
      .page(
        .post, "/invitation/{token}", for: shops.accounts.agreed, of: shops.site,
        limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
      ) { (visit: Visit<AccountSession>, token: String) in
        let session = visit.granted
        let place = try await shops.database.transaction(in: session.scope) { tx in
          try await perform(SecretToken(token), by: session, in: tx, of: shops)
        }
        return .redirect(
          to: ShowShopHome.path(of: place.slug), saying: .invitationAccepted, of: visit.site)
      },
    ]
  }

  static func page(
    _ offer: Offer, _ token: SecretToken, for session: AccountSession?, in frame: Frame
  ) -> HTML {
    Page.sheet(
      title: "An invitation",
      main: """
        <h1>\(text: "Work in the shop \(offer.shopName)")</h1>
        <p class="lede">\(text: offer.sentence)</p>
        <p>\(text: "Your role: \(offer.role.name)")</p>
        <p class="help">\(text: offer.role.explanation)</p>
        \(way(offer, token, session))
        """, in: frame)
  }

  private static func way(
    _ offer: Offer, _ token: SecretToken, _ session: AccountSession?
  ) -> HTML {
    let path = path(token)
    guard let session else {
      let back = "return_to=\(path.queryEncoded)"
      return """
        <p>\(text: "Sign in with \(offer.address.text) to accept it, or open an account with that address.")</p>
        <div class="actions"><a class="button primary" href="\(url: "\(Site.signInPath)?\(back)")">\
        \(text: "Sign in")</a>
        <a class="button" href="\(url: "\(Site.signUpPath)?\(back)")">\(text: "Open an account")</a></div>
        """
    }
    guard offer.isOpen(to: session) else {
      let isAnother = EmailAddress(session.email).key != offer.address.key
      return Notice.html(
        isAnother
          ? "You are signed in with another address than \(offer.address.text)."
          : "Your e-mail address is not verified yet.",
        next: isAnother
          ? "Sign out, and sign in with that one."
          : "Open the link that we sent to it, then open this one again.", .warn)
    }
    return """
      <form method="post" action="\(url: path)" class="actions">
      <button class="button primary">\(text: "Accept the invitation")</button></form>
      """
  }
}

extension AcceptInvitation.Offer {
  fileprivate var sentence: Text {
    inviter.isEmpty
      ? "You are invited to work in this shop." : "\(inviter) invites you to work in this shop."
  }
}

extension StaffRole {
  /// What somebody with the role does in a shop.
  var explanation: Text {
    switch self {
    case .owner: "Everything, and alone: handing the shop over and closing it."
    case .manager: "Runs the shop: settings, catalogue, orders, customers and people."
    case .finance: "Reads orders, customers, reports and the log of what was done."
    case .support: "Answers customers and works on orders."
    case .developer: "Connects programs: catalogue and API keys."
    }
  }
}
