extension Migrator {
  var applied: Query<AppliedMigration> {
    // The schema's name is ours; it is no value.
    Query(
      SQL(stringLiteral: "SELECT number, title, checksum FROM \(schema).migrations ORDER BY number")
    ) { row throws(RowError) in
      AppliedMigration(
        number: try row.get("number"), title: try row.get("title"),
        checksum: try row.get("checksum"))
    }
  }

  /// By number and title; what the files contain is compared by `migrate`.
  func status(of applied: [AppliedMigration]) -> Status {
    do throws(MigrationError) {
      try compareNames(with: applied)
    } catch {
      return .unknown("\(error)")
    }
    let pending = known.count - applied.count
    return pending == 0 ? .current : .pending(pending)
  }

  /// Refuses a database whose past is not this folder's.
  func pendingMigrations(
    on connection: Connection
  ) async throws -> [(migration: Migration, checksum: String)] {
    let texts = known.map(\.text)
    let sums = Query<String>(
      """
      SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex') AS checksum
        FROM unnest(\(texts)) WITH ORDINALITY AS files (text, number) ORDER BY number
      """
    ) { row throws(RowError) in try row.get("checksum") }
    let checksums = try await connection.transaction { tx in try await tx.all(sums) }
    let done = try await connection.transaction(as: TransactionContext(role: owner)) { tx in
      try await tx.all(applied)
    }
    try compareNames(with: done)
    for (row, (migration, checksum)) in zip(done, zip(known, checksums))
    where row.checksum != checksum { throw MigrationError.edited(migration.fileName) }
    return Array(zip(known, checksums).dropFirst(done.count))
  }

  private func compareNames(with applied: [AppliedMigration]) throws(MigrationError) {
    for (index, row) in applied.enumerated() {
      guard index < known.count else {
        throw .newerDatabase(number: row.number, title: row.title)
      }
      guard row.number == index + 1, row.title == known[index].title else {
        throw .renamed(
          known[index].fileName, appliedAs: "\(Migration.padded(row.number))-\(row.title).sql")
      }
    }
  }
}
