/// Why a statement or a transaction did not happen.
package enum PostgreSQLError: Error, Sendable {
  /// The server refused it; the transaction is rolled back.
  case server(ServerError)
  /// No connection could be made. Nothing happened.
  case unavailable(reason: String)
  /// Every connection stayed busy for the longest time that one may wait. Nothing happened.
  case poolBusy
  /// The connection broke before COMMIT was sent, or in a transaction that only reads. Nothing
  /// happened.
  case connectionLost
  /// No answer came to a COMMIT that was sent: it may have happened or not.
  case outcomeUnknown
  /// The task was cancelled. Nothing happened.
  case cancelled
  /// Our own time limit passed before an answer came. Nothing happened.
  case deadlinePassed
  /// COMMIT was asked for, and the server rolled back since an earlier error had been swallowed.
  case rolledBack
  /// A single row was asked for and there were this many.
  case notOneRow(Int)
  /// A row does not have the shape that the code expects. In a `Transaction` the closure may still
  /// throw; statements that `Pool.run` sent have happened.
  case row(RowError)
  /// A value that PostgreSQL cannot hold, such as text with a NUL character. It was not sent.
  case unsendable(String)
}

extension PostgreSQLError {
  /// The database is away or overloaded, not wrong: the caller may try again in a moment.
  package var isTemporary: Bool {
    switch self {
    case .unavailable, .poolBusy, .connectionLost, .deadlinePassed: true
    case .server(let error): error.state.isTemporary
    case .outcomeUnknown, .cancelled, .rolledBack, .notOneRow, .row, .unsendable: false
    }
  }

  /// The same transaction may succeed when it is run again from its start: nothing of it happened.
  package var isWorthAnotherAttempt: Bool {
    switch self {
    case .server(let error): error.state.isConflict || error.isStalePlan
    case .connectionLost: true
    default: false
    }
  }

  package var serverError: ServerError? {
    if case .server(let error) = self { error } else { nil }
  }
}

/// An error as the server reports it. Its texts are for the log, never for people.
package struct ServerError: Sendable {
  package let state: SQLState
  package let message: String
  package let constraint: String?
  package let table: String?
  /// The server's process ends, and runs nothing more of what it was sent.
  let endsConnection: Bool
  /// The schema moved on under a prepared statement: on a new connection it runs.
  let isStalePlan: Bool

  package init(
    state: SQLState, message: String, constraint: String? = nil, table: String? = nil
  ) {
    self.init(
      state: state, message: message, constraint: constraint, table: table, endsConnection: false,
      isStalePlan: false)
  }

  init(
    state: SQLState, message: String, constraint: String?, table: String?, endsConnection: Bool,
    isStalePlan: Bool
  ) {
    self.state = state
    self.message = message
    self.constraint = constraint
    self.table = table
    self.endsConnection = endsConnection
    self.isStalePlan = isStalePlan
  }
}

/// Five characters that say what kind of error it is. Source: PostgreSQL 15 manual, appendix A.
package struct SQLState: Sendable, Hashable {
  package let code: String
  package init(_ code: String) { self.code = code }

  package static let uniqueViolation = SQLState("23505")
  package static let foreignKeyViolation = SQLState("23503")
  package static let checkViolation = SQLState("23514")
  package static let notNullViolation = SQLState("23502")
  package static let exclusionViolation = SQLState("23P01")
  package static let insufficientPrivilege = SQLState("42501")
  package static let undefinedTable = SQLState("42P01")
  package static let serializationFailure = SQLState("40001")
  package static let deadlockDetected = SQLState("40P01")
  package static let lockNotAvailable = SQLState("55P03")
  package static let queryCanceled = SQLState("57014")
  package static let adminShutdown = SQLState("57P01")
  package static let crashShutdown = SQLState("57P02")
  package static let cannotConnectNow = SQLState("57P03")
  package static let tooManyConnections = SQLState("53300")
  package static let idleInTransactionTimeout = SQLState("25P03")
  package static let inFailedTransaction = SQLState("25P02")
  package static let featureNotSupported = SQLState("0A000")

  /// The same transaction may succeed when it is run again from its start.
  package var isConflict: Bool { self == .serializationFailure || self == .deadlockDetected }

  /// The server goes away, comes back, is full or too slow; the statement itself may be right.
  package var isTemporary: Bool {
    let temporary: [SQLState] = [
      .adminShutdown, .crashShutdown, .cannotConnectNow, .tooManyConnections, .lockNotAvailable,
      .queryCanceled, .idleInTransactionTimeout,
    ]
    return temporary.contains(self) || isConflict || code.hasPrefix("08") || code.hasPrefix("53")
  }
}
