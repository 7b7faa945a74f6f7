import API
import Access
import Fields
import FoundationEssentials
import HTTPServer
import PostgreSQL
import Scope

/// A new secret for a key. The old one counts for a day more, so that no program stands still meanwhile.
enum RotateAPIKey {
  /// In seconds.
  static let overlap: TimeInterval = 24 * 3_600

  nonisolated(nonsending) static func perform(
    _ id: ID<ShopKey>, by member: StaffMember, in tx: Transaction, of shops: Shops
  ) async throws -> MakeAPIKey.Made {
    // A person proves by a second factor who they are, a program by its signature.
    if let session = member.session, !session.hasSecondFactor {
      throw Denial.secondFactorRequired
    }
    let scope = member.scope
    guard let row = try await tx.first(ShowAPIKeys.Row.locked(id, in: scope)),
      let mode = APIKey.Mode(rawValue: row.mode)
    else { throw Denial.notFound }
    // Whoever gets the secret gets what the key may do.
    guard member.permissions.isSuperset(of: row.permissions) else { throw Denial.notAllowed }
    let key = APIKey.random(mode)
    try await tx.run(
      Command(
        """
        UPDATE shop_api_keys
           SET previous_hash = secret_hash, previous_until = \(shops.now + overlap),
               secret_hash = \(Bytes(key.hash)), prefix = \(key.shownPrefix)
         WHERE shop_id = \(scope.id) AND id = \(id)
        """))
    return MakeAPIKey.Made(
      id: "\(id)", key: key.text,
      signsRequests: row.permissions.contains(where: \.needsSignature))
  }

  static func route(of shops: Shops) -> Route {
    .api(
      .post, "\(MakeAPIKey.path)/{key}/rotate", "Give an API key a new secret",
      for: shops.staff(.writeKeys, confirmed: true), of: shops.api,
      answers: [200: MakeAPIKey.Made.schema], isExempt: true
    ) { (call: Call<StaffMember, Void>, _: String, key: UUID) in
      let member = call.granted
      return try await shops.database.transaction(in: member.scope) { tx in
        try Answer(200, try await perform(ID(key), by: member, in: tx, of: shops))
      }
    }
  }
}

/// Ending a key: its next request is refused.
enum RevokeAPIKey {
  static func route(of shops: Shops) -> Route {
    .api(
      .delete, "\(MakeAPIKey.path)/{key}", "Revoke an API key", for: shops.staff(.writeKeys),
      of: shops.api, answers: [204: nil]
    ) { (call: Call<StaffMember, Void>, _: String, key: UUID) in
      let member = call.granted
      try await shops.database.transaction(in: member.scope) { tx in
        try await perform(ID(key), by: member, in: tx)
      }
      return .noContent
    }
  }

  nonisolated(nonsending) static func perform(
    _ id: ID<ShopKey>, by member: StaffMember, in tx: Transaction
  ) async throws {
    let removed = try await tx.run(
      Command("DELETE FROM shop_api_keys WHERE shop_id = \(member.shop) AND id = \(id)"))
    guard removed == 1 else { throw Denial.notFound }
  }
}
