import CPQ

// What pipelines cannot carry: scripts of several statements, and COPY.

extension Wire {
  /// Runs a text of several statements by the simple protocol.
  func script(_ text: String, deadline: ContinuousClock.Instant) throws(PostgreSQLError) {
    try outsidePipeline(deadline) { () throws(PostgreSQLError) in
      guard PQsendQuery(handle, text) == 1 else { throw broken() }
      try drain()
    }
  }

  func copyIn(
    _ text: String, rows: some Sequence<String>, deadline: ContinuousClock.Instant
  ) throws(PostgreSQLError) {
    try outsidePipeline(deadline) { () throws(PostgreSQLError) in
      try startCopy(text, expecting: PGRES_COPY_IN)
      var chunk = ""
      for row in rows {
        chunk += row
        guard chunk.utf8.count >= 64 * 1024 else { continue }
        try put(chunk)
        chunk.removeAll(keepingCapacity: true)
      }
      try put(chunk)
      while true {
        let sent = PQputCopyEnd(handle, nil)
        if sent == 1 { break }
        guard sent == 0 else { throw broken() }
        try awaitRoom()
      }
      try drain()
    }
  }

  func copyOut(
    _ text: String, deadline: ContinuousClock.Instant, each body: ([UInt8]) -> Void
  ) throws(PostgreSQLError) {
    try outsidePipeline(deadline) { () throws(PostgreSQLError) in
      try startCopy(text, expecting: PGRES_COPY_OUT)
      while true {
        var buffer: UnsafeMutablePointer<CChar>?
        let count = PQgetCopyData(handle, &buffer, 1)
        if count == -1 { break }
        guard count >= 0 else { throw broken() }
        guard let buffer else {
          try awaitRoom()
          continue
        }
        body(Array(UnsafeRawBufferPointer(start: buffer, count: Int(count))))
        PQfreemem(buffer)
      }
      try drain()
    }
  }

  private func outsidePipeline(
    _ deadline: ContinuousClock.Instant, _ body: () throws(PostgreSQLError) -> Void
  ) throws(PostgreSQLError) {
    try startExpecting(deadline)
    guard PQexitPipelineMode(handle) == 1 else { throw broken() }
    var failure: ServerError?
    do throws(PostgreSQLError) {
      try body()
    } catch {
      // A server error leaves the connection in order, anything else has marked it broken.
      guard case .server(let error) = error else { throw error }
      failure = error
    }
    guard PQenterPipelineMode(handle) == 1 else { throw broken() }
    stopExpecting()
    if let failure { throw meaning(of: failure) }
  }

  private func startCopy(
    _ text: String, expecting status: ExecStatusType
  ) throws(PostgreSQLError) {
    guard PQsendQuery(handle, text) == 1 else { throw broken() }
    try awaitInput()
    guard let pointer = PQgetResult(handle) else { throw broken() }
    let result = StatementResult(pointer)
    if PQresultStatus(pointer) == status { return }
    if let error = result.error {
      try drain()
      throw .server(error)
    }
    try leave(.unsendable("not a COPY of that direction"))
  }

  private func put(_ chunk: String) throws(PostgreSQLError) {
    var chunk = chunk
    while true {
      let sent = chunk.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          PQputCopyData(handle, $0.baseAddress, Int32($0.count))
        }
      }
      if sent == 1 { break }
      guard sent == 0 else { throw broken() }
      try awaitRoom()
    }
    // libpq would keep in memory whatever the server does not take yet.
    while true {
      let unsent = PQflush(handle)
      guard unsent >= 0 else { throw broken() }
      if unsent == 0 { return }
      try awaitRoom()
    }
  }

  /// Waits until the server takes or gives more. A COPY is stopped by closing its connection.
  private func awaitRoom() throws(PostgreSQLError) {
    let unsent = PQflush(handle)
    guard unsent >= 0 else { throw broken() }
    switch wait(forWriting: unsent == 1) {
    case .ready: guard PQconsumeInput(handle) == 1 else { throw broken() }
    case .deadline: try leave(.deadlinePassed)
    case .interrupted: try leave(.cancelled)
    }
  }

  private func leave(_ reason: PostgreSQLError) throws(PostgreSQLError) {
    markBroken()
    throw reason
  }

  /// Reads to the end of the answer, and throws its first error.
  private func drain() throws(PostgreSQLError) {
    var firstError: ServerError?
    while true {
      try awaitInput()
      guard let pointer = PQgetResult(handle) else { break }
      let result = StatementResult(pointer)
      if firstError == nil { firstError = result.error }
      guard PQstatus(handle) == CONNECTION_OK else { throw broken() }
      // It would wait for rows, or for a reader of them, for ever.
      if result.isCopy { try leave(.unsendable("a COPY within a script")) }
    }
    if let firstError { throw .server(firstError) }
  }
}
