import Glibc

/// `postgresql.conf` of a private cluster. `ALTER SYSTEM` still has the last word.
struct ServerSettings {
  let folder: ClusterFolder
  let added: [(name: String, value: String)]

  var text: String {
    let lines = (settings + added).map { "\($0.name) = '\($0.value.replacing("'", with: "''"))'" }
    return "# Written anew at every start; change a setting with ALTER SYSTEM.\n"
      + lines.joined(separator: "\n") + "\n"
  }

  private var settings: [(name: String, value: String)] {
    [
      ("hba_file", "\(folder.configuration)/pg_hba.conf"),
      ("ident_file", "\(folder.configuration)/pg_ident.conf"),
      ("listen_addresses", ""),
      ("unix_socket_directories", folder.socket),
      ("unix_socket_permissions", "0700"),
      ("max_connections", "100"),

      ("shared_buffers", "\(Self.bufferMegabytes(memory: Self.memoryBytes))MB"),
      ("max_wal_size", "2GB"),
      ("wal_compression", "on"),
      ("synchronous_commit", "on"),
      // Compiling a plan costs more than the short queries of a shop gain by it.
      ("jit", "off"),
      ("autovacuum_vacuum_scale_factor", "0.02"),
      ("client_connection_check_interval", "2s"),
      ("track_io_timing", "on"),
      ("timezone", "UTC"),

      ("logging_collector", "on"),
      ("log_directory", folder.log),
      ("log_filename", "postgresql-%a.log"),
      ("log_truncate_on_rotation", "on"),
      ("log_rotation_age", "1d"),
      ("log_rotation_size", "0"),
      ("log_timezone", "UTC"),
      ("log_lock_waits", "on"),
      ("log_min_duration_statement", "500ms"),
      // Personal data and tokens stay out of the log: bound values, and the DETAIL of a refused row.
      ("log_parameter_max_length", "0"),
      ("log_parameter_max_length_on_error", "0"),
      ("log_error_verbosity", "terse"),
    ]
  }

  /// An eighth of the machine, since the web processes live on it too; between 32 MB and 2 GB.
  static func bufferMegabytes(memory: Int) -> Int { min(max(memory / 8 / 1_048_576, 32), 2_048) }

  private static var memoryBytes: Int {
    sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
  }
}

/// Who may log in: the operating system says who is calling, and these users may be these roles.
struct ServerAccess {
  let systemUsers: [String]
  let logins: [String]

  let hostBased = "local all all peer map=martlet\n"

  var identities: String {
    Set(systemUsers).sorted().flatMap { user in
      logins.map { "martlet \"\(user)\" \"\($0)\"\n" }
    }.joined()
  }
}
