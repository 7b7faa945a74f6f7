import API
import Accounts
import Fields
import Foundation
import HTTPServer
import PostgreSQL
import Scope
import Wiring

/// The smallest POST with an effect that can be counted: a row of the caller's own.
enum ProbeEffect {
  struct Form: Sendable {
    let word: String
    static let fields = Fields(Field("word", .text(max: 100)), as: Form.init)
  }

  private struct Effect: Encodable {
    let word: String
    /// How many rows there are with this one.
    let effects: Int
  }

  static func route(of parts: WebProcess.Parts) -> Route {
    .api(
      .post, "/api/probe/effects", "Leave a row", for: parts.accounts.signedIn,
      takes: Form.fields, of: parts.api, answers: [201: nil]
    ) { call in
      let scope = call.granted.scope
      return try await call.transaction(in: scope) { tx in
        try await tx.run(
          Command(
            """
            INSERT INTO account_devices (account_id, device_hash, first_at, last_at)
            VALUES (\(scope.id), sha256(\(UUID().uuidString)::bytea), now(), now())
            """))
        let count = try await tx.one(
          Query<Int>(
            "SELECT count(*) AS count FROM account_devices WHERE account_id = \(scope.id)"
          ) { row throws(RowError) in try row.get("count") })
        return try Answer(201, Effect(word: call.form.word, effects: count))
      }
    }
  }
}
