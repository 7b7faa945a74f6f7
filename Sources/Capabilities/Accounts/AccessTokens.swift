import FoundationEssentials
import HTTPServer
import Scope
import Secrets
import Synchronization

/// The tokens that programs show: signed, half an hour long, and worth no more than the session they name,
/// which is looked up with every request.
package final class AccessTokens: Sendable {
  static let lifetimeSeconds = 1_800
  private static let audience = "api"

  private let rootKeys: RootKeys
  private let issuer: String
  /// When the key file was last read for a signature that was not found right.
  private let lastReload = Mutex(ContinuousClock.now - .seconds(60))

  init(rootKeys: RootKeys, issuer: String) {
    self.rootKeys = rootKeys
    self.issuer = issuer
  }

  func token(
    of account: ID<Account>, session: ID<Session>, now: Date
  ) throws(JWT.Refusal) -> String {
    let issuedAt = Int(now.timeIntervalSince1970)
    return try jwt.sign(
      JWT.Claims(
        subject: "\(account)", id: "\(session)", issuedAt: issuedAt,
        expiresAt: issuedAt + Self.lifetimeSeconds))
  }

  /// - Returns: Nil for a token that is not ours, is over, or names nobody.
  func proof(in token: String, now: Date) -> SessionProof? {
    guard let claims = claims(of: token, now: now), let account = ID<Account>(claims.subject),
      let session = ID<Session>(claims.id)
    else { return nil }
    return .accessToken(account: account, session: session)
  }

  private func claims(of token: String, now: Date) -> JWT.Claims? {
    do {
      return try jwt.verify(token, at: now)
    } catch JWT.Refusal.wrongSignature where mayReload() {
      // Another process may sign with a key that came by a rotation since we read the file.
      guard (try? rootKeys.reload()) != nil else { return nil }
      return try? jwt.verify(token, at: now)
    } catch {
      return nil
    }
  }

  /// Once a second at most, however many wrong tokens come.
  private func mayReload() -> Bool {
    lastReload.withLock { last in
      guard last.duration(to: .now) > .seconds(1) else { return false }
      last = .now
      return true
    }
  }

  private var jwt: JWT {
    JWT(
      keys: rootKeys.current.keys.map { $0.derived(for: "access tokens") }, issuer: issuer,
      audience: Self.audience)
  }
}

extension Request {
  /// The token of `Authorization: Bearer …`; nil for another scheme.
  var bearerToken: String? {
    guard let field = header("authorization") else { return nil }
    let parts = field.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1])
  }
}
