import FoundationEssentials
import Glibc
package import Mail
import Processes
import Scope

/// Everything that an installation may set: from the environment, else from the file that
/// `MARTLET_CONFIG` names (lines of `NAME=value`), else the default. Checked as a whole at start.
package struct Settings: Sendable, Equatable {
  /// The platform's own host name, without a port. Shops are `{slug}.{baseHost}`.
  package var baseHost = "localhost"
  /// The address that visitors type before the path, such as `https://martlet.example`.
  package var baseURL = "http://localhost:8080"
  /// On which address to listen. Loopback unless set: Caddy stands in front of the public.
  package var bindAddress = "127.0.0.1"
  /// Where the web processes log in. Nil: a private PostgreSQL in the data folder.
  package var databaseURL: String?
  /// Where migrations log in. Nil: `databaseURL`'s server is migrated by `martlet migrate` elsewhere.
  package var migrateURL: String?
  /// Where the commands and the pages of the platform's people log in, as `martlet_operator`. Nil: the
  /// private PostgreSQL, else those pages have nothing to show.
  package var operatorURL: String?
  /// The file that holds the root keys. Nil: `root-keys` in the data folder.
  package var keyFile: String?
  /// Holds the private PostgreSQL and uploads. The command line has the last word.
  package var dataFolder = ".data"
  /// Where the worker process logs in, as `martlet_worker`. Nil: `databaseURL`'s server has its workers
  /// elsewhere.
  package var workerURL: String?
  /// The server that delivers mails. Nil: they stay in the queue until there is one.
  package var smtpServer: SMTPServer?
  /// Whom the platform's mails are from.
  package var mailSender: MailAddress?
  package var connectionsPerProcess = 4
  package var webProcesses = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  /// Requests a minute that one caller of the API may send to one web process.
  package var apiRequestsPerMinute = 600
  /// Networks whose `X-Forwarded-…` headers are believed.
  package var trustedProxies: [String] = []
  /// A second port, on the bind address, for `/metrics`, `/healthz` and `/readyz` alone. Nil: with the pages.
  package var metricsPort: Int?
  /// The folder that holds `Assets`, `Locales` and `Migrations`.
  package var resources: String
  /// A file of 8 bytes by whose seconds the clock is shifted; for rehearsals and tests.
  package var clockFile: String?
  /// True where every request is logged, not only slow and failed ones.
  package var logsEveryRequest = false
}

extension Settings {
  /// Time and chance of a process.
  func context(faults: FaultPoints = .none) throws(CommandFailure) -> Context {
    do throws(MovableClock.Unreadable) {
      return .system(
        clock: try clockFile.map { path throws(MovableClock.Unreadable) in
          try MovableClock(path: path)
        }, faults: faults)
    } catch {
      throw CommandFailure(.configuration, "MARTLET_CLOCK: \(error). Write 8 bytes of zero to it.")
    }
  }

  /// One way in which the settings are wrong, with its mending.
  package struct Problem: Error, Equatable, CustomStringConvertible {
    let name: String
    let explanation: String
    package var description: String { "\(name): \(explanation)" }
  }
  package struct Problems: Error { package let all: [Problem] }

  /// Names beside which an unknown `MARTLET_…` name is a typing mistake.
  private static let known: Set<String> = [
    "MARTLET_CONFIG", "MARTLET_BASE_URL", "MARTLET_BIND", "MARTLET_MIGRATE_URL",
    "MARTLET_WORKER_URL",
    "MARTLET_OPERATOR_URL", "MARTLET_KEYS",
    "MARTLET_CONNECTIONS", "MARTLET_WEB_PROCESSES", "MARTLET_TRUSTED_PROXIES",
    "MARTLET_METRICS_PORT", "MARTLET_RESOURCES", "MARTLET_LOG_REQUESTS", "MARTLET_DATA",
    "MARTLET_CLOCK", "MARTLET_API_RATE", "MARTLET_SMTP_URL",
    "MARTLET_MAIL_FROM",
  ]

  /// - Parameters:
  ///   - environment: The process's.
  ///   - port: From the command line; part of the default address.
  package static func read(
    environment: [String: String], port: Int
  ) throws(Problems) -> Settings {
    var reader = Reader(environment: environment)
    var settings = Settings(resources: reader.resourcesFolder())
    settings.baseURL = "http://localhost:\(port)"
    reader.baseURL(&settings)
    settings.bindAddress = reader.text("MARTLET_BIND") ?? settings.bindAddress
    settings.databaseURL = reader.connectionString("DATABASE_URL")
    settings.migrateURL = reader.connectionString("MARTLET_MIGRATE_URL")
    settings.workerURL = reader.connectionString("MARTLET_WORKER_URL")
    settings.operatorURL = reader.connectionString("MARTLET_OPERATOR_URL")
    settings.smtpServer = reader.smtpServer()
    settings.mailSender = reader.mailSender(settings)
    settings.keyFile = reader.text("MARTLET_KEYS")
    settings.clockFile = reader.clockFile(&settings)
    settings.dataFolder = reader.text("MARTLET_DATA") ?? settings.dataFolder
    reader.integer("MARTLET_CONNECTIONS", 1...100, into: &settings.connectionsPerProcess)
    reader.integer("MARTLET_WEB_PROCESSES", 1...64, into: &settings.webProcesses)
    reader.integer("MARTLET_API_RATE", 1...1_000_000, into: &settings.apiRequestsPerMinute)
    settings.trustedProxies = reader.networks("MARTLET_TRUSTED_PROXIES")
    if reader.text("MARTLET_METRICS_PORT") != nil {
      var port = 0
      reader.integer("MARTLET_METRICS_PORT", 1...65_535, into: &port)
      settings.metricsPort = port
    }
    settings.logsEveryRequest = reader.choice("MARTLET_LOG_REQUESTS", ["failed", "all"]) == "all"
    reader.refuseUnknown(Self.known)
    guard reader.problems.isEmpty else { throw Problems(all: reader.problems) }
    return settings
  }
}

/// Takes settings out of their texts and collects what is wrong with them.
private struct Reader {
  private var values: [String: String] = [:]
  private(set) var problems: [Settings.Problem] = []

  init(environment: [String: String]) {
    if let path = environment["MARTLET_CONFIG"] { readFile(path) }
    values.merge(environment) { _, fromEnvironment in fromEnvironment }
  }

  private mutating func readFile(_ path: String) {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      return complain(
        "MARTLET_CONFIG", "the file \(path) cannot be read. Check its name and owner.")
    }
    // Not by "\n": Swift reads the line end of Windows as a character of its own.
    let lines = String(decoding: data, as: UTF8.self).split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let line = line.trimmingBlanks
      if line.isEmpty || line.hasPrefix("#") { continue }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else {
        complain("MARTLET_CONFIG", "line \(index + 1) of \(path) is not NAME=value.")
        continue
      }
      values[parts[0].trimmingBlanks] = parts[1].trimmingBlanks
    }
  }

  mutating func complain(_ name: String, _ explanation: String) {
    problems.append(Settings.Problem(name: name, explanation: explanation))
  }

  /// An empty value is no value, as in a unit file that leaves a line blank.
  func text(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

  mutating func integer(_ name: String, _ range: ClosedRange<Int>, into value: inout Int) {
    guard let text = text(name) else { return }
    guard let number = Int(text), range.contains(number) else {
      return complain(
        name, "\"\(text)\" is not a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    value = number
  }

  /// Never beside a public address: whoever moves the clock lets tokens live and holds end.
  mutating func clockFile(_ settings: inout Settings) -> String? {
    guard let path = text("MARTLET_CLOCK") else { return nil }
    if settings.baseURL.hasPrefix("https:") {
      complain("MARTLET_CLOCK", "the clock is not moved where the address is public. Remove it.")
    }
    return path
  }

  mutating func choice(_ name: String, _ choices: [String]) -> String? {
    guard let text = text(name) else { return nil }
    if !choices.contains(text) {
      complain(name, "\"\(text)\" is not one of \(choices.joined(separator: ", ")).")
    }
    return text
  }

  mutating func baseURL(_ settings: inout Settings) {
    guard let text = text("MARTLET_BASE_URL") else { return }
    guard let url = URL(string: text), let host = url.host(), !host.isEmpty,
      ["http", "https"].contains(url.scheme), ["", "/"].contains(url.path())
    else {
      return complain(
        "MARTLET_BASE_URL", "\"\(text)\" is not an address such as https://shops.example.")
    }
    settings.baseURL = text.hasSuffix("/") ? String(text.dropLast()) : text
    settings.baseHost = host.lowercased()
  }

  /// libpq's two forms. Only the shape is looked at: what it says is for the server to judge.
  mutating func connectionString(_ name: String) -> String? {
    guard let text = text(name) else { return nil }
    let isURL = text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
    guard isURL || text.contains("=") else {
      complain(name, "it is neither postgresql://user@host/database nor key=value pairs.")
      return nil
    }
    return text
  }

  /// The text is not repeated: it may hold a password.
  mutating func smtpServer() -> Settings.SMTPServer? {
    guard let text = text("MARTLET_SMTP_URL") else { return nil }
    let server = Settings.SMTPServer(text)
    if server == nil {
      complain(
        "MARTLET_SMTP_URL",
        "it is no address such as smtp://user:password@mail.example:587 or smtps://mail.example. "
          + "Write special characters of the password as %40 and the like.")
    }
    return server
  }

  mutating func mailSender(_ settings: Settings) -> MailAddress? {
    let text = text("MARTLET_MAIL_FROM") ?? "Martlet <noreply@\(settings.baseHost)>"
    let sender = Settings.mailSender(text)
    // Without a server nobody sends, so that a host that can be no mail's is no mistake yet.
    if sender == nil, settings.smtpServer != nil || self.text("MARTLET_MAIL_FROM") != nil {
      complain(
        "MARTLET_MAIL_FROM",
        "\"\(text)\" is not an address such as Martlet <noreply@shops.example>.")
    }
    return sender
  }

  mutating func networks(_ name: String) -> [String] {
    let networks = (text(name) ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map(
      String.init)
    for network in networks where !Self.isNetwork(network) {
      complain(name, "\"\(network)\" is not an address or network such as 10.0.0.0/8 or ::1.")
    }
    return networks
  }

  private static func isNetwork(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first.map(String.init) else { return false }
    var bytes = in6_addr()
    let isVersion4 = inet_pton(AF_INET, address, &bytes) == 1
    guard isVersion4 || inet_pton(AF_INET6, address, &bytes) == 1 else { return false }
    guard parts.count == 2 else { return true }
    return Int(parts[1]).map { (0...(isVersion4 ? 32 : 128)).contains($0) } ?? false
  }

  /// Beside the program or above it (a checkout), else where the Debian package puts it.
  mutating func resourcesFolder() -> String {
    if let folder = text("MARTLET_RESOURCES") {
      if !Self.holdsResources(folder) {
        complain("MARTLET_RESOURCES", "\(folder) does not hold Assets, Locales and Migrations.")
      }
      return folder
    }
    var folder = URL(filePath: Environment.programPath)
    while folder.path() != "/" {
      folder.deleteLastPathComponent()
      let path = folder.path(percentEncoded: false)
      if Self.holdsResources(path) { return path }
    }
    let installed = "/usr/share/martlet"
    if !Self.holdsResources(installed) {
      complain(
        "MARTLET_RESOURCES", "set it to the folder that holds Assets, Locales and Migrations.")
    }
    return installed
  }

  private static func holdsResources(_ folder: String) -> Bool {
    ["Assets", "Locales", "Migrations"].allSatisfy { access("\(folder)/\($0)", R_OK) == 0 }
  }

  mutating func refuseUnknown(_ known: Set<String>) {
    for name in values.keys.sorted() where name.hasPrefix("MARTLET_") && !known.contains(name) {
      // Refused before by every build but that of the tests.
      if name == Martlet.TestBuild.faultSetting { continue }
      complain(name, "no such setting. `martlet --help` lists them.")
    }
  }
}

extension Substring {
  fileprivate var trimmingBlanks: String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
    var rest = drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return String(rest)
  }
}
