package import FoundationEssentials
package import PostgreSQL

/// A kind of work: its name, what it is given, and its limits. Declared once, beside the code that
/// enqueues it; a `JobHandler` says what is done.
package struct Job<Payload: Codable & Sendable>: Sendable {
  package let name: String
  /// Starts at most, the first included; then it is a dead letter.
  package let attempts: Int
  /// For one attempt; then its task is cancelled and the attempt has failed.
  package let timeLimit: Duration
  /// How many of this name may run at once in one shop, over all workers.
  package let atOncePerShop: Int

  /// - Parameter name: Lower-case letters, digits, dots and underscores; it stays for ever, since rows
  ///   carry it.
  package init(
    _ name: String, attempts: Int = 20, timeLimit: Duration = .seconds(60), atOncePerShop: Int = 4
  ) {
    precondition(
      (1...100).contains(attempts) && atOncePerShop > 0 && name.utf8.count <= 64, "job \(name)")
    self.name = name
    self.attempts = attempts
    self.timeLimit = timeLimit
    self.atOncePerShop = atOncePerShop
  }

  /// Part of the transaction that has the cause; wake the workers by `JobWaker` after its commit.
  /// - Parameters:
  ///   - shop: Whose job it is; `Platform.id` for none. Must be the transaction's own.
  ///   - now: Business time.
  ///   - runAt: Not before then; nil for at once.
  ///   - key: While one with this key waits, another is not stored, and two never run at once.
  /// - Returns: A command that touches no row when the key kept it out.
  package func enqueue(
    _ payload: Payload, for shop: UUID, now: Date, runAt: Date? = nil, key: String? = nil,
    priority: JobPriority = .normal
  ) throws(JobError) -> Command {
    guard shop != Platform.id else {
      return Command(
        """
        SELECT FROM app.enqueue_platform_job(
          \(name), \(try PayloadCoder.text(payload)), \(priority.rawValue)::integer, \(key as String?),
          \(Self.state(runAt, now)), \(runAt ?? now), \(attempts)::integer)
        """)
    }
    return Command(
      """
      INSERT INTO app.jobs (shop_id, name, payload, priority, unique_key, state, run_at, max_attempts)
      VALUES (\(shop), \(name), \(try PayloadCoder.text(payload)), \(priority.rawValue), \(key as String?),
              \(Self.state(runAt, now)), \(runAt ?? now), \(attempts))
      ON CONFLICT DO NOTHING
      """)
  }

  /// Many at once, in one statement.
  package func enqueue(
    all payloads: [Payload], for shop: UUID, now: Date, priority: JobPriority = .normal
  ) throws(JobError) -> Command {
    var texts: [JSONText] = []
    for payload in payloads { texts.append(try PayloadCoder.text(payload)) }
    return Command(
      """
      INSERT INTO app.jobs (shop_id, name, payload, priority, state, run_at, max_attempts)
      SELECT \(shop), \(name), payload, \(priority.rawValue), 'ready', \(now), \(attempts)
        FROM unnest(\(texts)) AS payload
      """)
  }

  private static func state(_ runAt: Date?, _ now: Date) -> String {
    runAt.map { $0 > now } ?? false ? "scheduled" : "ready"
  }
}

/// Orders the jobs of one shop. Between shops it says nothing: they take turns.
package enum JobPriority: Int, Sendable {
  case urgent, normal, background
}

/// The owner of jobs and events that belong to no shop.
package enum Platform {
  package static let id = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

package enum JobError: Error, Sendable, Equatable {
  /// A payload that cannot be written as JSON, or not read as what its job expects.
  case payload(String)
  /// What a handler throws when trying again is of no use: the job is a dead letter at once.
  case givenUp(String)
  /// The lease is over or somebody else's: nothing of the transaction happened.
  case leaseLost
  /// The consumer was told of this event before: nothing of the transaction happened.
  case deliveredBefore
  /// The attempt took longer than its job allows.
  case timedOut
  /// No handler of that name is declared.
  case unknownName(String)

  /// What the database's functions report, else the error itself.
  static func translated(_ error: PostgreSQLError) -> any Error {
    switch error.serverError?.state {
    case Self.leaseLostState: JobError.leaseLost
    case Self.deliveredBeforeState: JobError.deliveredBefore
    default: error
    }
  }

  /// Raised by `app.finish_job` and `app.finish_delivery`.
  private static let leaseLostState = SQLState("MJ001")
  private static let deliveredBeforeState = SQLState("MJ002")
}

/// JSON with times as seconds since 1970.
enum PayloadCoder {
  static func text(_ payload: some Encodable) throws(JobError) -> JSONText {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .secondsSince1970
    do {
      return JSONText(String(decoding: try encoder.encode(payload), as: UTF8.self))
    } catch {
      throw .payload("\(error)")
    }
  }

  static func value<Value: Decodable>(
    of text: JSONText, as type: Value.Type = Value.self
  ) throws(JobError) -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .secondsSince1970
    do {
      return try decoder.decode(Value.self, from: Data(text.text.utf8))
    } catch {
      throw .payload("\(error)")
    }
  }
}
