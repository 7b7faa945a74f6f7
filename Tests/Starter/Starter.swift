import Glibc
import PostgreSQL

/// `postgres-starter DATA`: starts a private PostgreSQL and watches over it until its standard input
/// ends. A process of its own, so that tests can kill it and run it as another user.
@main struct Starter {
  static func main() {
    do {
      let server = try EmbeddedPostgreSQL(
        folder: CommandLine.arguments[1], database: "martlet", logins: [],
        settings: [("shared_buffers", "16MB"), ("fsync", "off")])
      try server.start()
      print(server.connectionString(login: EmbeddedPostgreSQL.superuser))
      fflush(nil)
      try watch(server)
      server.stop()
    } catch {
      print(error)
      exit(78)
    }
  }

  private static func watch(_ server: EmbeddedPostgreSQL) throws {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    while poll(&input, 1, 20) == 0 { _ = try server.ensureRunning() }
  }
}
