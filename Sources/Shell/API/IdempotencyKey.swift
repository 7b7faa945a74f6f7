package import FoundationEssentials
package import HTML
import HTTPServer
package import PostgreSQL
package import Scope
import Secrets

/// The promise of a POST that may be sent twice: the same key and the same body get the same answer, and
/// what it does is done once.
///
/// The answer is stored by the transaction of the effect, so there is one exactly when the effect is there,
/// whatever crashed. A lock, held until that transaction ends, tells a twin that comes meanwhile.
package struct IdempotencyKey: Sendable {
  package static let longest = 255
  private static let keptSeconds: TimeInterval = 24 * 3_600
  static let header: StaticString = "idempotency-key"

  let route: String
  let key: String
  /// Of address and body.
  let contentHash: [UInt8]

  init(route: String, key: String, contentHash: [UInt8]) {
    self.route = route
    self.key = key
    self.contentHash = contentHash
  }

  /// Nil when the client sent none.
  init?(of request: Request, route: String) throws(Refused) {
    guard let key = request.header(Self.header) else { return nil }
    let isUsable = (1...Self.longest).contains(key.unicodeScalars.count)
    guard isUsable, !key.utf8.contains(0) else { throw .unusableKey }
    self.init(
      route: route, key: key,
      contentHash: SHA256.hash(Array("\(request.target)\u{0}".utf8) + request.body.bytes))
  }

  package enum Refused: UserFacingError, Equatable {
    case unusableKey
    case keyReused
    case twinRunning

    package var status: Int {
      switch self {
      case .unusableKey: 400
      case .keyReused: 422
      case .twinRunning: 409
      }
    }

    package var code: String {
      switch self {
      case .unusableKey: "invalid_idempotency_key"
      case .keyReused: "idempotency_key_reused"
      case .twinRunning: "request_in_progress"
      }
    }

    package var userMessage: UserMessage {
      switch self {
      case .unusableKey:
        UserMessage(
          "This Idempotency-Key cannot be used.",
          next: "Send 1 to \(IdempotencyKey.longest) characters.")
      case .keyReused:
        UserMessage(
          "This Idempotency-Key was sent before with something else.",
          next: "Send a new key with a new request.")
      case .twinRunning:
        UserMessage(
          "The same request is being worked on.", next: "Send it again in a second.")
      }
    }
  }

  // MARK: In the transaction of the effect

  /// - Returns: The answer that was given before, if there is one.
  nonisolated(nonsending) func begin(
    in tx: Transaction, of owner: UUID, by caller: UUID, now: Date
  ) async throws -> Answer? {
    let lockName = "\(owner) \(route) \(key) \(caller)"
    let isAlone = Query<Bool>(
      "SELECT pg_try_advisory_xact_lock(hashtextextended(\(lockName), 1)) AS is_alone"
    ) { row throws(RowError) in try row.get("is_alone") }
    // One statement after the other: what the second sees is no older than the lock.
    let (alone, known) = try await tx.run(isAlone, stored(of: owner, by: caller, now: now))
    guard alone == [true] else { throw Refused.twinRunning }
    guard let known = known.first else { return nil }
    guard areEqual(known.contentHash, contentHash) else { throw Refused.keyReused }
    return known.answer
  }

  func keep(_ answer: Answer, of owner: UUID, by caller: UUID, now: Date) -> Command {
    Command(
      """
      INSERT INTO idempotency_keys
        (owner_id, caller, route, key, body_hash, status, answer, kept_until)
      VALUES (\(owner), \(caller), \(route), \(key), \(Bytes(contentHash)),
              \(answer.status)::integer, \(Bytes(answer.body ?? [])), \(now + Self.keptSeconds))
      """)
  }

  /// An answer that is over makes room for the next.
  func forgetOld(of owner: UUID, by caller: UUID, now: Date) -> Command {
    Command(
      """
      DELETE FROM idempotency_keys
       WHERE owner_id = \(owner) AND caller = \(caller) AND route = \(route) AND key = \(key)
         AND kept_until <= \(now)
      """)
  }

  private struct Stored: Sendable {
    let contentHash: [UInt8]
    let answer: Answer
  }

  private func stored(of owner: UUID, by caller: UUID, now: Date) -> Query<Stored> {
    Query(
      """
      SELECT body_hash, status, answer FROM idempotency_keys
       WHERE owner_id = \(owner) AND caller = \(caller) AND route = \(route) AND key = \(key)
         AND kept_until > \(now)
      """
    ) { row throws(RowError) in
      let body = try row.get("answer", as: Bytes.self).array
      var answer = Answer(status: try row.get("status"), body: body.isEmpty ? nil : body)
      answer.isReplay = true
      return Stored(contentHash: try row.get("body_hash", as: Bytes.self).array, answer: answer)
    }
  }
}

/// Who a permission found, where that is somebody.
package protocol Caller: Sendable {
  /// The same for the same account or key, each time.
  var callerID: UUID { get }
}

extension Call {
  /// The transaction of a POST's effect, once for each `Idempotency-Key`.
  /// - Parameter body: Gives the answer, as it will be given again.
  package func transaction(
    in scope: some TransactionScope,
    _ body: nonisolated(nonsending) @Sendable (Transaction) async throws -> Answer
  ) async throws -> Answer where Granted: Caller {
    guard let once, let owner = scope.owner else {
      return try await api.database.transaction(in: scope, body)
    }
    let caller = granted.callerID
    let now = api.context.now()
    return try await api.database.transaction(in: scope) { tx in
      if let known = try await once.begin(in: tx, of: owner, by: caller, now: now) { return known }
      let answer = try await body(tx)
      _ = try await tx.run(
        once.forgetOld(of: owner, by: caller, now: now),
        once.keep(answer, of: owner, by: caller, now: now))
      return answer
    }
  }
}
