import FoundationEssentials
import Glibc
import PostgreSQL
import Scope

/// One private PostgreSQL for all tests of this process, without the care for power cuts that costs
/// time. Gone when the process is gone, however it went.
enum TestCluster {
  /// May make roles and owns databases, as the first login of a hosted server does.
  static let landlord = "landlord"

  static let server = Result { try start() }

  private static func start() throws -> EmbeddedPostgreSQL {
    let folder = "/tmp/martlet-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    try tieLifeline(to: folder)
    let server = try EmbeddedPostgreSQL(
      folder: folder, database: "martlet", logins: Login.allCases.map(\.rawValue) + [landlord],
      settings: [
        ("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"),
        ("shared_buffers", "64MB"), ("autovacuum", "off"), ("max_connections", "300"),
      ])
    try server.start()
    return server
  }

  /// A process in a session of its own that waits for this one to end, then stops the server and
  /// removes the folder: the tests may be killed, and nothing of them shall stay.
  private static func tieLifeline(to folder: String) throws {
    _ = try SystemProgram.spawn(
      "/bin/sh", ["-c", lifelineScript, "lifeline", folder, "\(getpid())"],
      as: .current(), output: "\(folder)/lifeline.log")
  }

  private static let lifelineScript = """
    tail --pid="$2" --sleep-interval=0.2 -f /dev/null
    if read -r postmaster < "$1/postgresql/data/postmaster.pid"; then
      kill -QUIT "$postmaster" && tail --pid="$postmaster" --sleep-interval=0.2 -f /dev/null
    fi
    rm -rf "$1"
    """
}
