/// Why the schema was not brought up to date, in words for who runs `migrate`. Whatever it is, the
/// database holds whole migrations only.
package enum MigrationError: Error, Equatable, CustomStringConvertible {
  case folderNotFound(String)
  case badName(String)
  case gap(expected: Int, found: String)
  case rolesMissing(login: String, rolesFile: String)
  case edited(String)
  case renamed(String, appliedAs: String)
  case newerDatabase(number: Int, title: String)
  case busy
  case locked(String)
  case failed(String, state: String, message: String)

  package var description: String {
    switch self {
    case .folderNotFound(let path):
      "The migrations are not at \(path). Install the program with its folder `Migrations`."
    case .badName(let name):
      "\(name) in the migrations folder is not named like 0001-what-it-does.sql. Rename it."
    case .gap(let expected, let found):
      """
      Migration \(Migration.padded(expected)) is missing: \(found) stands in its place.
      Restore the lost file, or number the new ones without gaps.
      """
    case .rolesMissing(let login, let rolesFile):
      """
      The database's roles are not there, and the login `\(login)` may not make them.
      Once, as a superuser: psql "$DATABASE_URL" --single-transaction -f \(rolesFile)
      """
    case .edited(let name):
      """
      \(name) was changed after this database ran it.
      Restore the file as it was, and put the change into a new migration.
      """
    case .renamed(let name, let appliedAs):
      "This database ran \(appliedAs) where the folder has \(name). Restore the file as it was."
    case .newerDatabase(let number, let title):
      """
      The database is newer than this program: it has migration \
      \(Migration.padded(number))-\(title). Start the version of the program that brought it.
      """
    case .busy:
      "Another process has been migrating this database all the while. Try again when it is done."
    case .locked(let name):
      """
      \(name) could not get its locks; long transactions hold them. Nothing of it was kept.
      Find them in pg_stat_activity and try again in a quieter moment.
      """
    case .failed(let name, let state, let message):
      "\(name) failed and left nothing behind (\(state)): \(message)"
    }
  }
}
