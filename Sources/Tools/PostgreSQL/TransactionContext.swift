package import FoundationEssentials

/// As which role, and with which settings, a transaction runs. Both end with it.
package struct TransactionContext: Sendable {
  package let role: String
  /// Sent right behind BEGIN. `SET LOCAL` with text, since it takes no bound value and
  /// `set_config()` would not reach the workers of a distributed table.
  let prelude: [Wire.Message]

  /// - Parameters:
  ///   - role: A role name of our own making: lower-case letters and underscores.
  ///   - settings: Names of our own making; the text of a value comes from the UUID type, never
  ///     from input.
  package init(role: String, settings: KeyValuePairs<StaticString, UUID> = [:]) {
    precondition(role.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || $0 == 95 }, "role name")
    self.role = role
    let takeRole = Wire.Message(
      sql: SQL(stringLiteral: "SET LOCAL ROLE \(role)"), form: .prepared(role: ""),
      wantsResult: false)
    prelude =
      [takeRole]
      + settings.map { name, value in
        let text = "SET LOCAL \(name) = '\(value.uuidString)'"
        return Wire.Message(
          sql: SQL(stringLiteral: text), form: .preparedWhenRepeated, wantsResult: false)
      }
  }

  /// As the login itself, without any role taken: for migrations, audits and tools.
  package static let login = TransactionContext()

  private init() {
    role = ""
    prelude = []
  }
}

package struct TransactionOptions: Sendable {
  package enum Isolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
  }
  package var isolation: Isolation
  package var isReadOnly: Bool
  /// How often the whole transaction is run when it meets a serialization failure, a deadlock, or
  /// the end of its connection before COMMIT: each time nothing has happened in the database. More
  /// than once only where the closure may run again too.
  package var attempts: Int
  /// For the transaction as a whole; nil takes the pool's.
  package var timeLimit: Duration?

  package init(
    isolation: Isolation = .readCommitted, isReadOnly: Bool = false, attempts: Int = 1,
    timeLimit: Duration? = nil
  ) {
    self.isolation = isolation
    self.isReadOnly = isReadOnly
    self.attempts = attempts
    self.timeLimit = timeLimit
  }

  package static let standard = TransactionOptions()
  /// Up to five times.
  package static let retryingConflicts = TransactionOptions(attempts: 5)
  package static let readOnly = TransactionOptions(isReadOnly: true, attempts: 3)

  var needsBegin: Bool { isReadOnly || isolation != .readCommitted }
  var mayRunAgain: Bool { attempts > 1 }

  var begin: Wire.Message {
    var text = "BEGIN"
    if isolation != .readCommitted { text += " ISOLATION LEVEL \(isolation.rawValue)" }
    if isReadOnly { text += " READ ONLY" }
    return Wire.Message(
      sql: SQL(stringLiteral: text), form: .prepared(role: ""), wantsResult: false)
  }
}

extension Wire.Message {
  static func statement(_ sql: SQL, as context: TransactionContext) -> Wire.Message {
    Wire.Message(sql: sql, form: .prepared(role: context.role), wantsResult: true)
  }

  static func copy(_ text: String) -> Wire.Message {
    Wire.Message(sql: SQL(stringLiteral: text), form: .unprepared, wantsResult: false)
  }

  static let commit = Wire.Message(
    sql: "COMMIT", form: .prepared(role: ""), wantsResult: true)
  /// Unprepared: in a failed transaction nothing can be prepared, nor forgotten to make room.
  static let rollback = Wire.Message(sql: "ROLLBACK", form: .unprepared, wantsResult: false)
}
