import FoundationEssentials
import Secrets
import Synchronization

/// Texts of one purpose that we sign for somebody to bring back, by the root keys as they are by then.
final class SignedTokens: Sendable {
  private let rootKeys: RootKeys
  private let purpose: StaticString
  private let issuer: String
  private let audience: String
  /// When the key file was last read for a signature that was not found right.
  private let lastReload = Mutex(ContinuousClock.now - .seconds(60))

  /// - Parameters:
  ///   - purpose: Names the keys: a text that was signed for one purpose is wrong for every other.
  ///   - audience: Says the same in the token itself.
  init(rootKeys: RootKeys, purpose: StaticString, issuer: String, audience: String) {
    self.rootKeys = rootKeys
    self.purpose = purpose
    self.issuer = issuer
    self.audience = audience
  }

  func sign(_ claims: JWT.Claims) throws(JWT.Refusal) -> String { try jwt.sign(claims) }

  /// - Returns: Nil for a token that is not ours, for something else, or over.
  func claims(of token: String, now: Date) -> JWT.Claims? {
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
      keys: rootKeys.current.keys.map { $0.derived(for: purpose) }, issuer: issuer,
      audience: audience)
  }
}
