import FoundationEssentials
import HTTPServer
import Scope
import Secrets

/// The tokens that programs show: signed, half an hour long, and worth no more than the session they name,
/// which is looked up with every request.
struct AccessTokens: Sendable {
  static let lifetimeSeconds = 1_800

  private let tokens: SignedTokens

  init(rootKeys: RootKeys, issuer: String) {
    tokens = SignedTokens(
      rootKeys: rootKeys, purpose: "access tokens", issuer: issuer, audience: "api")
  }

  func token(
    of account: ID<Account>, session: ID<Session>, now: Date
  ) throws(JWT.Refusal) -> String {
    let issuedAt = Int(now.timeIntervalSince1970)
    return try tokens.sign(
      JWT.Claims(
        subject: "\(account)", id: "\(session)", issuedAt: issuedAt,
        expiresAt: issuedAt + Self.lifetimeSeconds))
  }

  /// - Returns: Nil for a token that is not ours, is over, or names nobody.
  func proof(in token: String, now: Date) -> SessionProof? {
    guard let claims = tokens.claims(of: token, now: now),
      let account = ID<Account>(claims.subject), let session = ID<Session>(claims.id)
    else { return nil }
    return .accessToken(account: account, session: session)
  }
}

extension Request {
  /// The token of `Authorization: Bearer …`; nil for another scheme.
  package var bearerToken: String? {
    guard let field = header("authorization") else { return nil }
    let parts = field.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1])
  }
}
