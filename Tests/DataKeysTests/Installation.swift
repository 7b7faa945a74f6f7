import DataKeys
import Foundation
import PostgreSQL
import Scope
import Secrets
import TestSupport

/// A database and a key file of its own, since rotation concerns every key at once.
final class Installation: Sendable {
  let place: TestDatabase
  let shops: TestShops
  let file: KeyFile
  private let folder: String

  init() async throws {
    place = try await .own()
    shops = try await TestShops(in: place, withKeys: false)
    folder = NSTemporaryDirectory() + "data-keys-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    file = KeyFile(path: "\(folder)/root-keys")
    _ = try file.loadOrMake()
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// As another process has them, that remembers nothing yet.
  func keys() throws -> DataKeys {
    DataKeys(rootKeys: try RootKeys(file: file), database: shops.database)
  }

  func rotate() async throws -> (current: KeyID, wrapped: Int) {
    try await rotation.run()
  }

  var rotation: RootKeyRotation {
    RootKeyRotation(file: file, database: Database(pool: place.operator))
  }

  /// An account that no other test knows.
  func openAccount() async throws -> AccountScope {
    let scope = Guard.newAccount(.system)
    try await shops.database.run(
      Command(
        """
        INSERT INTO accounts (account_id, terms_version, terms_accepted_at, created_at)
        VALUES (\(scope.id), '1.0', now(), now())
        """), in: scope)
    return scope
  }

  func rootKeysInDatabase() async throws -> [KeyID] {
    let query = Query<KeyID?>("SELECT root_key_id FROM root_keys") { row throws(RowError) in
      KeyID(try row.get("root_key_id", as: Bytes.self).array)
    }
    return try await shops.database.all(query, in: Guard.anybody()).compactMap(\.self)
  }
}
