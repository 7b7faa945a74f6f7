import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope
import Secrets
import Web

/// A browser that signs in, known again by a cookie of its own, which opens nothing.
enum Device {
  private static let cookieName = "device"

  static func token(of request: Request) -> (text: String, isNew: Bool) {
    if let known = request.cookie(cookieName), (20...100).contains(known.utf8.count) {
      return (known, false)
    }
    return (SecretToken.random().text, true)
  }

  static func cookie(_ token: String, of site: Site) -> SetCookie? {
    var cookie = SetCookie(cookieName, token)
    cookie?.maximumAge = .seconds(2 * 365 * 86_400)
    cookie?.isSecure = site.isSecure
    return cookie
  }
}

extension Accounts {
  /// Tells the owner of an account that was signed in to from where it never was before. Not of the first
  /// device: that one opened it.
  /// - Parameter token: Of a browser's cookie, or what a program calls itself.
  nonisolated(nonsending) func noteDevice(
    _ token: String, in scope: AccountScope, on request: Request, _ tx: Transaction
  ) async throws {
    let hash = Bytes(SecretToken(token).hash)
    let before = try await tx.one(
      Query<(Bool, Bool)>(
        """
        SELECT EXISTS (SELECT FROM account_devices WHERE account_id = \(scope.id)) AS has_devices,
               EXISTS (SELECT FROM account_devices
                        WHERE account_id = \(scope.id) AND device_hash = \(hash)) AS is_known
        """
      ) { row throws(RowError) in (try row.get("has_devices"), try row.get("is_known")) })
    try await tx.run(
      Command(
        """
        INSERT INTO account_devices (account_id, device_hash, first_at, last_at)
        VALUES (\(scope.id), \(hash), \(now), \(now))
        ON CONFLICT (account_id, device_hash) DO UPDATE SET last_at = \(now)
        """))
    guard before.0, !before.1 else { return }
    let agent = String((request.header("user-agent") ?? "").unicodeScalars.prefix(200))
    try await tx.run(try send(.newDevice, to: scope, device: agent))
  }
}
