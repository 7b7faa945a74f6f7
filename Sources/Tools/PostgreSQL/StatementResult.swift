import CPQ

/// One statement's answer. libpq never changes a result that it has handed out, so any thread may
/// read it, and whoever lets go of it last clears it.
package final class StatementResult: @unchecked Sendable {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }
  deinit { PQclear(pointer) }

  package var rowCount: Int { Int(PQntuples(pointer)) }

  /// Rows inserted, changed or deleted, or returned by a SELECT.
  package var touchedRowCount: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

  /// The first words of the server's report, such as `COMMIT` or `INSERT 0 1`.
  var commandTag: String { String(cString: PQcmdStatus(pointer)) }

  var isCopy: Bool {
    switch PQresultStatus(pointer) {
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: true
    default: false
    }
  }

  var isSync: Bool { PQresultStatus(pointer) == PGRES_PIPELINE_SYNC }

  var isFine: Bool {
    switch PQresultStatus(pointer) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_COPY_IN, PGRES_COPY_OUT: true
    default: false
    }
  }

  var error: ServerError? {
    guard !isFine, !isSync, PQresultStatus(pointer) != PGRES_PIPELINE_ABORTED else { return nil }
    func field(_ code: UnicodeScalar) -> String? {
      PQresultErrorField(pointer, Int32(code.value)).map { String(cString: $0) }
    }
    // The codes are the PG_DIAG macros of postgres_ext.h, which do not import.
    return ServerError(
      state: SQLState(field("C") ?? "XX000"), message: field("M") ?? "", constraint: field("n"),
      table: field("t"), endsConnection: ["FATAL", "PANIC"].contains(field("V")),
      // The message is translated, the name of the server's function is not.
      isStalePlan: field("R") == "RevalidateCachedQuery")
  }
}
