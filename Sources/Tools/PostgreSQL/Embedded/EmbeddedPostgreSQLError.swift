/// Why the private PostgreSQL is not there, in words for the person who started the program.
package enum EmbeddedPostgreSQLError: Error, Equatable, CustomStringConvertible {
  case notInstalled(lookedIn: [String])
  case otherVersion(cluster: Int, installed: [Int])
  case inUse(folder: String, by: String)
  case noUnprivilegedUser
  case ownedBySomebodyElse(path: String, owner: UInt32, expected: String)
  case cannotEnter(path: String, user: String)
  case clusterNotMade(String)
  case didNotStart(log: String, logFolder: String)
  case noConnection(String)
  case system(String, String, errno: Int32)

  package var description: String {
    switch self {
    case .notInstalled(let folders):
      """
      PostgreSQL 15 or newer is not installed (looked in \(folders.joined(separator: ", "))).
      Install it with `apt install postgresql-15`, or set DATABASE_URL to use a server elsewhere.
      """
    case .otherVersion(let cluster, let installed):
      """
      The data folder was made by PostgreSQL \(cluster), and only \
      \(installed.map(String.init).joined(separator: ", ")) is installed.
      Install it with `apt install postgresql-\(cluster)`, or upgrade the folder with pg_upgrade.
      """
    case .inUse(let folder, let holder):
      """
      The data folder \(folder) is in use by process \(holder).
      Stop that process first, or choose another folder with --data.
      """
    case .noUnprivilegedUser:
      """
      PostgreSQL refuses to run as root, and there is no user `postgres` to run it as.
      Install it with `apt install postgresql-15`, or start as an ordinary user.
      """
    case .ownedBySomebodyElse(let path, let owner, let expected):
      """
      \(path) belongs to user \(owner), and `\(expected)` should own it.
      Start as that user, or give the folder back with chown.
      """
    case .cannotEnter(let path, let user):
      """
      The user `\(user)`, as which PostgreSQL runs, cannot enter \(path).
      Allow it with `chmod o+x` on that folder and those above it, or choose another with --data.
      """
    case .clusterNotMade(let output): "PostgreSQL could not make its data folder: \(output)"
    case .didNotStart(let log, let folder): "PostgreSQL did not start; see also \(folder). \(log)"
    case .noConnection(let message): "PostgreSQL runs but does not answer: \(message)"
    case .system(let what, let path, let code):
      "Could not \(what) \(path): \(systemMessage(code))"
    }
  }
}
