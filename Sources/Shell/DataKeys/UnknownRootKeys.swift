import PostgreSQL
package import Scope
package import Secrets

package enum UnknownRootKeys {
  /// Root keys that wrap, or may wrap, data keys in this database and that the ring lacks: whoever served
  /// with it could not open what is sealed. A key of a rotation that was cut off before the file had it is
  /// in no use, and not counted.
  /// - Parameter ring: Nil where there is no file.
  package static func find(
    in ring: Keyring?, database: Database
  ) async throws -> [KeyID] {
    let query = Query<KeyID?>("SELECT root_key_id FROM root_keys") { row throws(RowError) in
      KeyID(try row.get("root_key_id", as: Bytes.self).array)
    }
    let known = try await database.all(query, in: Guard.anybody()).compactMap(\.self)
    guard !known.isEmpty, known.allSatisfy({ ring?[$0] == nil }) else { return [] }
    return known
  }
}
