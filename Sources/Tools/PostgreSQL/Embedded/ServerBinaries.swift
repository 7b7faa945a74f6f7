import FoundationEssentials
import Glibc

/// A folder that holds the programs of one PostgreSQL version.
struct ServerBinaries: Equatable {
  static let oldestMajor = 15

  let folder: String
  let major: Int

  /// - Parameter major: The version that an existing cluster needs; nil takes the first one that is
  ///   new enough.
  static func find(
    major: Int?, in folders: [String]
  ) throws(EmbeddedPostgreSQLError) -> ServerBinaries {
    let installed = folders.compactMap(ServerBinaries.init(in:))
    guard !installed.isEmpty else { throw .notInstalled(lookedIn: folders) }
    if let found = installed.first(where: { $0.major == major ?? $0.major }) { return found }
    throw .otherVersion(cluster: major ?? oldestMajor, installed: installed.map(\.major))
  }

  /// Debian's own places, the oldest version first, then what `pg_config` says, then PATH.
  static func usualFolders() -> [String] {
    let debian = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map(String.init)
    var folders = versions.compactMap { Int($0) }.sorted().map { "\(debian)/\($0)/bin" }
    if folders.isEmpty { folders = ["\(debian)/\(oldestMajor)/bin"] }
    if let tool = path.first(where: { access("\($0)/pg_config", X_OK) == 0 }),
      let answer = try? SystemProgram.run(
        "\(tool)/pg_config", ["--bindir"], as: SystemUser.current()),
      answer.succeeded
    {
      folders.append(String(answer.output.prefix { !$0.isNewline }))
    }
    var seen: Set<String> = []
    return (folders + path).filter { seen.insert($0).inserted }
  }

  /// Nil when the programs are not there or older than 15.
  private init?(in folder: String) {
    guard access("\(folder)/initdb", X_OK) == 0, access("\(folder)/postgres", X_OK) == 0,
      let user = try? SystemUser.current(),
      let answer = try? SystemProgram.run("\(folder)/postgres", ["--version"], as: user),
      let version = answer.output.split(separator: " ").first(where: { $0.first?.isNumber == true }
      ),
      let major = Int(version.prefix(while: \.isNumber)), major >= Self.oldestMajor
    else { return nil }
    self.folder = folder
    self.major = major
  }
}
