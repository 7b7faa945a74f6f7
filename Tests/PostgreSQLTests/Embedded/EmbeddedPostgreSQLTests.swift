import Foundation
import Testing

@testable import PostgreSQL

@Suite(.serialized) struct `A private PostgreSQL` {
  let scratch: ScratchFolder
  var data: String { scratch.path }

  init() throws { scratch = try ScratchFolder() }

  @Test func `makes its database at the first start and keeps it for the second`() throws {
    try withServer { server in
      try #expect(ask(server, "CREATE TABLE kept AS SELECT 1") == 0)
    }
    try withServer { server in
      try #expect(ask(server, "SELECT FROM kept") == 1)
    }
  }

  @Test func `checks its pages and is reached only through its socket`() throws {
    try withServer(settings: []) { server in
      let sane = """
        SELECT WHERE current_setting('data_checksums') = 'on' AND current_setting('listen_addresses') = ''
           AND current_setting('fsync') = 'on' AND current_setting('server_encoding') = 'UTF8'
           AND current_setting('log_parameter_max_length') = '0'
        """
      try #expect(ask(server, sane) == 1)
      let folder = try FileManager.default.attributesOfItem(atPath: "\(data)/postgresql/socket")
      #expect(folder[.posixPermissions] as? Int == 0o700)
    }
  }

  @Test func `lets in only the logins it was given`() throws {
    try withServer { server in
      try #expect(ask(server, "CREATE ROLE stranger LOGIN") == 0)
      #expect(throws: EmbeddedPostgreSQLError.self) {
        _ = try BlockingConnection(server.connectionString(login: "stranger"))
      }
    }
  }

  @Test func `refuses a folder that another process holds, and names that process`() throws {
    let holder = try StarterProcess(folder: data)
    #expect(try holder.answer().hasPrefix("host="))
    #expect {
      try makeServer().start()
    } throws: {
      "\($0)".contains("in use by process \(holder.process.processIdentifier)")
    }
  }

  @Test func `comes back with every committed row after kill -9 of PostgreSQL`() throws {
    try withServer { server in
      try #expect(ask(server, "CREATE TABLE kept AS SELECT 1") == 0)
      for _ in 1...3 {
        let killed = try #require(postmaster)
        kill(killed, SIGKILL)
        while try postmaster == killed || !server.ensureRunning() { usleep(1_000) }
        #expect(postmaster != killed)
        try #expect(ask(server, "SELECT FROM kept") == 1)
      }
    }
  }

  @Test func `comes back after kill -9 though one of its backends is still at work`() throws {
    try withServer { server in
      let work = "SELECT count(*) FROM generate_series(1, 20000000) AS at_work"
      let login = server.connectionString(login: EmbeddedPostgreSQL.superuser)
      Thread.detachNewThread { _ = try? BlockingConnection(login).rows(work) }
      let atWork =
        "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%) AS at_work'"
      while try ask(server, atWork) == 0 { usleep(1_000) }
      let killed = try #require(postmaster)
      kill(killed, SIGKILL)
      while try postmaster == killed || !server.ensureRunning() { usleep(1_000) }
      try #expect(ask(server, "SELECT 1") == 1)
    }
  }

  @Test func `outlives kill -9 of its starter, and the next start takes it over`() throws {
    let starter = try StarterProcess(folder: data)
    #expect(try starter.answer().hasPrefix("host="))
    let first = postmaster
    starter.kill()
    try withServer { server in
      #expect(first != nil && postmaster == first)
      try #expect(ask(server, "SELECT 1") == 1)
    }
    #expect(postmaster == nil)
  }

  @Test func `starts after a start that was killed while it made the cluster`() throws {
    let starter = try StarterProcess(folder: data)
    while try !contents.contains(where: { $0.hasPrefix("data.new.") }) { usleep(100) }
    starter.kill()
    try withServer { server in try #expect(ask(server, "SELECT 1") == 1) }
  }

  @Test func `clears away what a killed start left`() throws {
    let left = "\(data)/postgresql/data.new.abc"
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
    try "15".write(toFile: "\(left)/PG_VERSION", atomically: true, encoding: .utf8)
    try withServer { _ in #expect(!FileManager.default.fileExists(atPath: left)) }
  }

  @Test func `starts though its last process number now belongs to another program`() throws {
    try withServer { _ in }
    // Our own number: certainly alive, certainly no postmaster.
    try "\(getpid())\n\(data)/postgresql/data\n".write(
      toFile: "\(data)/postgresql/data/postmaster.pid", atomically: false, encoding: .utf8)
    try withServer { server in try #expect(ask(server, "SELECT 1") == 1) }
  }

  @Test func `serves from a folder whose path is too long for a socket`() throws {
    let deep = "\(data)/" + String(repeating: "deep/", count: 20)
    try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
    let server = try makeServer(in: deep)
    try server.start()
    try #expect(ask(server, "SELECT 1") == 1)
    let socket = ClusterFolder.socketFolder(for: try resolvedPath(deep) + "/postgresql")
    #expect(FileManager.default.fileExists(atPath: socket))
    server.stop()
    #expect(!FileManager.default.fileExists(atPath: socket))
  }

  @Test func `names the package to install when there is no server`() throws {
    #expect {
      try makeServer(programs: [data])
    } throws: {
      "\($0)".contains("apt install postgresql-15") && "\($0)".contains(data)
    }
  }

  @Test func `names the version that made the folder when it is not the installed one`() throws {
    try FileManager.default.createDirectory(
      atPath: "\(data)/postgresql/data", withIntermediateDirectories: true)
    try "14\n".write(
      toFile: "\(data)/postgresql/data/PG_VERSION", atomically: true, encoding: .utf8)
    #expect {
      try makeServer()
    } throws: {
      "\($0)".contains("apt install postgresql-14")
    }
  }

  @Test func `says what PostgreSQL said when it does not start`() throws {
    #expect {
      try makeServer(settings: [("max_connections", "none at all")]).start()
    } throws: {
      "\($0)".contains("max_connections")
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func `runs as an unprivileged user when root starts it`()
    throws
  {
    try withServer { _ in
      let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(postmaster ?? 0)")
      #expect(owner[.ownerAccountName] as? String == "postgres")
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func `says which folder its user cannot enter`() throws {
    try FileManager.default.createDirectory(
      atPath: "\(data)/closed/data", withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    #expect {
      try makeServer(in: "\(data)/closed/data").start()
    } throws: {
      "\($0)".contains("`postgres`") && "\($0)".contains("\(data)/closed/data")
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func `leaves another user's cluster alone`() throws {
    try withServer { _ in }
    let program = "\(data)/postgres-starter"
    try FileManager.default.copyItem(atPath: StarterProcess.program, toPath: program)
    let starter = try StarterProcess(folder: data, as: "nobody", program: program)
    #expect(try starter.answer().hasPrefix("\(data)/postgresql/data belongs to user"))
  }

  @Test(.enabled(if: geteuid() == 0)) func `runs as the ordinary user who starts it`() throws {
    let program = "\(data)/postgres-starter"
    try FileManager.default.copyItem(atPath: StarterProcess.program, toPath: program)
    try FileManager.default.createDirectory(
      atPath: "\(data)/theirs", withIntermediateDirectories: false,
      attributes: [.ownerAccountName: "nobody"])
    let starter = try StarterProcess(folder: "\(data)/theirs", as: "nobody", program: program)
    #expect(try starter.answer().hasPrefix("host="))
    let cluster = "\(data)/theirs/postgresql/data"
    #expect(
      try FileManager.default.attributesOfItem(atPath: cluster)[.ownerAccountName] as? String
        == "nobody")
  }

  private func makeServer(
    in folder: String? = nil, settings: [(name: String, value: String)] = [("fsync", "off")],
    programs: [String]? = nil
  ) throws -> EmbeddedPostgreSQL {
    try EmbeddedPostgreSQL(
      folder: folder ?? data, database: "martlet", logins: [], settings: settings,
      programs: programs)
  }

  private func withServer(
    settings: [(name: String, value: String)] = [("fsync", "off")],
    _ body: (EmbeddedPostgreSQL) throws -> Void
  ) throws {
    let server = try makeServer(settings: settings)
    try server.start()
    defer { server.stop() }
    try body(server)
  }

  private func ask(_ server: EmbeddedPostgreSQL, _ statement: String) throws -> Int {
    try BlockingConnection(server.connectionString(login: EmbeddedPostgreSQL.superuser))
      .rows(statement)
  }

  private var postmaster: pid_t? {
    (try? ClusterFolder(dataFolder: data)).flatMap { Postmaster(of: $0)?.pid }
  }

  private var contents: [String] {
    get throws {
      (try? FileManager.default.contentsOfDirectory(atPath: "\(data)/postgresql")) ?? []
    }
  }
}
