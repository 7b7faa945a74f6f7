import API
import Access
import Fields
import FoundationEssentials
import HTML
import HTTPServer
import PostgreSQL
import Scope
import Secrets

/// Making a key for a program. It is shown this one time.
enum MakeAPIKey {
  struct Form: Sendable {
    let name: String
    let scopes: [ShopPermission]
    let mode: APIKey.Mode
    let expiresAt: Date?

    static let fields = Fields(
      Field("name", .text(max: 80)),
      Field("scopes", .list(of: .scope, min: 1, max: ShopPermission.scopes.count)),
      Field("mode", .choice(of: APIKey.Mode.self)), Field("expires_at", .optional(.time())),
      as: Form.init)
  }

  enum Refusal: UserFacingError, Equatable {
    case notVerified
    case expiryIsPast
    case tooMany

    static let most = 50

    var code: String {
      switch self {
      case .notVerified: "email_not_verified"
      case .expiryIsPast: "expiry_is_past"
      case .tooMany: "too_many_keys"
      }
    }

    var status: Int {
      switch self {
      case .notVerified: 403
      case .expiryIsPast: 422
      case .tooMany: 409
      }
    }

    var userMessage: UserMessage {
      switch self {
      case .notVerified:
        UserMessage(
          "Your own e-mail address is not verified yet.",
          next: "Open the link that we sent to it, and make the key then.")
      case .expiryIsPast:
        UserMessage("The key would be over already.", next: "Choose a time that is to come.")
      case .tooMany:
        UserMessage(
          "A shop has up to \(Self.most) keys.", next: "Remove one that no program uses.")
      }
    }
  }

  /// - Throws: `Denial.notAllowed` where the key could do what its maker cannot.
  static func check(_ form: Form, by member: StaffMember, now: Date) throws {
    guard member.permissions.isSuperset(of: form.scopes) else { throw Denial.notAllowed }
    // A key may invite, which its maker may not before that.
    if let session = member.session, !session.isVerified { throw Refusal.notVerified }
    if let end = form.expiresAt, end <= now { throw Refusal.expiryIsPast }
  }

  nonisolated(nonsending) static func perform(
    _ form: Form, by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws -> Made {
    try check(form, by: member, now: shops.now)
    let (key, id) = (APIKey.random(form.mode), shops.context.newID(ShopKey.self))
    let scopes = Set(form.scopes).map(\.rawValue).sorted()
    let made = try await tx.run(
      Command(
        """
        INSERT INTO shop_api_keys
          (shop_id, id, name, mode, prefix, secret_hash, scopes, made_by, made_at, expires_at)
        SELECT \(member.shop), \(id), \(form.name), \(form.mode.rawValue), \(key.shownPrefix),
               \(Bytes(key.hash)), \(scopes), \(member.callerID), \(shops.now),
               \(form.expiresAt as Date?)
         WHERE (SELECT count(*) FROM shop_api_keys WHERE shop_id = \(member.shop))
                 < \(Refusal.most)
        """))
    guard made == 1 else { throw Refusal.tooMany }
    return Made(
      id: "\(id)", key: key.text, signsRequests: form.scopes.contains(where: \.needsSignature))
  }

  struct Made: Encodable, Sendable {
    let id: String
    let key: String
    /// Whether each request by it carries a signature.
    let signsRequests: Bool

    static let schema = Schema.answer([
      "id": .id, "key": .words(60), "signs_requests": .boolean,
    ])
  }

  static let path = "/api/shops/{shop}/api-keys"

  static func route(of shops: Shops) -> Route {
    .api(
      .post, path, "Make an API key", for: shops.staff(.writeKeys, confirmed: true),
      takes: Form.fields, of: shops.api, answers: [201: Made.schema], refusals: [409],
      isExempt: true
    ) { (call: Call<StaffMember, Form>, _: String) in
      let (form, member) = (call.form, call.granted)
      return try await shops.database.transaction(in: member.scope) { tx in
        try Answer(201, try await perform(form, by: member, in: tx, of: shops))
      }
    }
  }
}

extension Kind where Value == ShopPermission {
  /// What a key can be allowed to do.
  static var scope: Kind {
    Kind<String>.choice(ShopPermission.scopes.map(\.rawValue)).map {
      ShopPermission(rawValue: $0) ?? .readShop
    }
  }
}
