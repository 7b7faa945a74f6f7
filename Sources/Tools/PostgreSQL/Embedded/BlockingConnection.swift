import CPQ

/// The few questions that starting a cluster asks, before any pool exists.
struct BlockingConnection: ~Copyable {
  private let handle: OpaquePointer?

  init(_ connectionString: String) throws(EmbeddedPostgreSQLError) {
    handle = PQconnectdb(connectionString)
    guard PQstatus(handle) == CONNECTION_OK else { throw .noConnection(message) }
  }

  deinit { PQfinish(handle) }

  /// - Returns: How many rows came back.
  func rows(_ statement: String) throws(EmbeddedPostgreSQLError) -> Int {
    let result = PQexec(handle, statement)
    defer { PQclear(result) }
    let status = PQresultStatus(result)
    guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else {
      throw .noConnection(message)
    }
    return Int(PQntuples(result))
  }

  private var message: String { String(cString: PQerrorMessage(handle)) }
}
