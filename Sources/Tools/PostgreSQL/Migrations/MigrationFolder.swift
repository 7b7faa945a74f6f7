import FoundationEssentials

/// One numbered file: `0007-what-it-does.sql`.
package struct Migration: Sendable, Equatable {
  package let number: Int
  package let title: String
  let text: String

  /// The first line of a file whose statements PostgreSQL refuses inside a transaction, such as
  /// CREATE INDEX CONCURRENTLY. Each is sent alone, and must be safe to send twice.
  static let outsideMarker = "-- outside a transaction"

  package var fileName: String { Self.padded(number) + "-\(title).sql" }
  var isOutsideTransaction: Bool { text.hasPrefix(Self.outsideMarker) }

  /// The statements of a file outside a transaction: each ends where a line ends with a semicolon.
  var statements: [String] {
    var statements = [""]
    for line in text.split(separator: "\n") where !line.hasPrefix("--") {
      statements[statements.count - 1] += line + "\n"
      if line.hasSuffix(";") { statements.append("") }
    }
    return statements.filter { !$0.allSatisfy(\.isWhitespace) }
  }

  static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

/// A row of the table `migrations`.
struct AppliedMigration: Sendable {
  let number: Int
  let title: String
  let checksum: String
}

/// The SQL files of one folder: `roles.sql`, and the migrations in order.
struct MigrationFolder: Sendable {
  let path: String
  let roles: String
  let migrations: [Migration]

  /// Reads all of it, and refuses names out of order: a gap is a file that got lost on the way here.
  init(path: String) throws {
    self.path = path
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw MigrationError.folderNotFound(path)
    }
    roles = try Self.text("\(path)/roles.sql")
    migrations = try names.filter { $0.hasSuffix(".sql") && $0 != "roles.sql" }.sorted().map {
      try Self.migration(named: $0, in: path)
    }
    for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
      throw MigrationError.gap(expected: index + 1, found: migration.fileName)
    }
  }

  private static func migration(named name: String, in path: String) throws -> Migration {
    guard let match = name.wholeMatch(of: /([0-9]{4})-([a-z0-9-]+)\.sql/), let number = Int(match.1)
    else { throw MigrationError.badName(name) }
    return Migration(
      number: number, title: String(match.2), text: try text("\(path)/\(name)"))
  }

  private static func text(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path),
      let text = String(validating: data, as: UTF8.self)
    else { throw MigrationError.folderNotFound(path) }
    return text
  }
}
