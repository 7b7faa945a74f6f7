import Access
import Audit
import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope
import Secrets

/// What a program shows in place of a person's session: `mk_live_…` or `mk_test_…`. Only its hash is kept.
struct APIKey: Sendable {
  enum Mode: String, Sendable, CaseIterable {
    case live, test

    fileprivate var prefix: String { "mk_\(rawValue)_" }
  }

  let mode: Mode
  private let secret: SecretToken

  /// Nil for what is no key of ours by its first letters, such as an access token.
  init?(_ text: String?) {
    guard let text, let mode = Mode.allCases.first(where: { text.hasPrefix($0.prefix) }) else {
      return nil
    }
    self.init(mode: mode, text: text)
  }

  private init(mode: Mode, text: String) {
    self.mode = mode
    secret = SecretToken(text)
  }

  static func random(_ mode: Mode) -> APIKey {
    APIKey(mode: mode, text: mode.prefix + SecretToken.random().text)
  }

  /// The whole, for whoever it is made for, once; and for signing.
  var text: String { secret.text }
  var hash: [UInt8] { secret.hash }
  /// By which people tell their keys apart: eight signs of the random part leave nothing to guess.
  var shownPrefix: String { String(text.prefix(mode.prefix.count + 8)) }
}

extension ShopPermission {
  /// What a program can be allowed to do. Who owns a shop, and whether it goes on, is for people.
  static let scopes = allCases.filter { $0 != .transferShop && $0 != .closeShop }

  /// Whether a key that holds it signs each of its requests: what leads to more rights, or to money.
  var needsSignature: Bool { self == .writeKeys || self == .writeRoles }
}

extension Shops {
  /// The program whose key a request shows, in the key's own shop.
  func program(
    showing key: APIKey, in reference: String, of request: Request
  ) async throws -> StaffMember {
    let now = now
    guard
      let known = try await Guard.program(keyHash: key.hash, at: now, database: database)
    else { throw Denial.signInNeeded }
    let shop = known.membership
    guard reference == "\(shop.shop)" || reference == shop.slug else { throw Denial.notFound }
    let scopes = Set(known.scopes.compactMap(ShopPermission.init))
    if scopes.contains(where: \.needsSignature) {
      try await RequestSignature.check(request, by: key, database: database, now: now)
    }
    try await noteUse(of: known, now: now)
    return StaffMember(
      worker: .program(known.key, scopes), membership: shop, origin: RequestOrigin(request))
  }

  /// To five minutes, so that not every request writes.
  private func noteUse(of program: ShopProgram, now: Date) async throws {
    let old = now - 300
    if let used = program.usedAt, used > old { return }
    let scope = program.membership.scope(.staff)
    try await database.run(
      Command(
        """
        UPDATE shop_api_keys SET used_at = \(now)
         WHERE shop_id = \(scope.id) AND id = \(program.key)
           AND coalesce(used_at <= \(old), true)
        """), in: scope)
  }
}
