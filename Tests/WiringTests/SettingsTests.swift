import FoundationEssentials
import Mail
import Testing

@testable import Wiring

@Suite struct `Settings` {
  private func read(_ environment: [String: String]) throws -> Wiring.Settings {
    try Wiring.Settings.read(environment: environment, port: 8_123)
  }

  private func problems(_ environment: [String: String]) -> [String] {
    do {
      _ = try read(environment)
      return []
    } catch let problems as Wiring.Settings.Problems {
      return problems.all.map(\.description)
    } catch {
      return ["\(error)"]
    }
  }

  @Test func `have a default for everything`() throws {
    let settings = try read([:])
    #expect(settings.baseURL == "http://localhost:8123")
    #expect(settings.baseHost == "localhost")
    #expect(settings.bindAddress == "127.0.0.1")
    #expect(settings.databaseURL == nil)
    #expect(settings.webProcesses >= 1)
  }

  @Test func `come from the environment`() throws {
    let settings = try read([
      "MARTLET_BASE_URL": "https://Shops.Example/", "DATABASE_URL": "postgresql://web@db/martlet",
      "MARTLET_CONNECTIONS": "9", "MARTLET_WEB_PROCESSES": "3",
      "MARTLET_TRUSTED_PROXIES": "10.0.0.0/8, ::1", "MARTLET_METRICS_PORT": "9100",
      "MARTLET_LOG_REQUESTS": "all",
    ])
    #expect(settings.baseURL == "https://Shops.Example")
    #expect(settings.baseHost == "shops.example")
    #expect(settings.databaseURL == "postgresql://web@db/martlet")
    #expect(settings.connectionsPerProcess == 9)
    #expect(settings.webProcesses == 3)
    #expect(settings.trustedProxies == ["10.0.0.0/8", "::1"])
    #expect(settings.metricsPort == 9_100)
    #expect(settings.logsEveryRequest)
  }

  @Test func `of the environment win over those of the file`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data("# ours\nMARTLET_CONNECTIONS = 7\n\nMARTLET_WEB_PROCESSES=2\r\n".utf8).write(to: file)
    let settings = try read(["MARTLET_CONFIG": file.path(), "MARTLET_CONNECTIONS": "8"])
    #expect(settings.connectionsPerProcess == 8)
    #expect(settings.webProcesses == 2)
  }

  @Test(arguments: [
    ("smtp://mail.example", "mail.example", 587, Wiring.Settings.SMTPServer.Encryption.required),
    ("smtp://mail.example:25/", "mail.example", 25, .required),
    ("smtps://mail.example", "mail.example", 465, .fromTheStart),
    ("smtp://127.0.0.1:2525", "127.0.0.1", 2_525, .whereOffered),
    ("smtp://[::1]:2525", "[::1]", 2_525, .whereOffered),
    ("smtps://localhost", "localhost", 465, .fromTheStart),
  ])
  func `say which server takes mails, and how it is spoken to`(
    url: String, host: String, port: UInt16, encryption: Wiring.Settings.SMTPServer.Encryption
  ) throws {
    let server = try #require(try read(["MARTLET_SMTP_URL": url]).smtpServer)
    #expect(server.host == host)
    #expect(server.port == port)
    #expect(server.encryption == encryption)
    #expect(server.user == nil)
  }

  @Test func `hold a mail server's password with any character in it`() throws {
    let url = "smtps://shop%40example:p%3Aw%2F%40%C3%BC@mail.example:4650"
    let server = try #require(try read(["MARTLET_SMTP_URL": url]).smtpServer)
    #expect(server.user == "shop@example")
    #expect(server.password == "p:w/@ü")
  }

  @Test(arguments: [
    "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:0",
    "smtp://mail.example:70000", "smtp://mail.example/path", "smtp://secret@mail.example",
    "smtp://mail.example?secret=1",
  ])
  func `refuse what is no mail server, without repeating it`(url: String) {
    let found = problems(["MARTLET_SMTP_URL": url])
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("MARTLET_SMTP_URL: it is no address such as smtp://") == true)
    #expect(found.first?.contains("secret") == false)
  }

  @Test func `say whom mails are from`() throws {
    let usual = try read(["MARTLET_BASE_URL": "https://shops.example"]).mailSender
    #expect(usual == MailAddress("noreply@shops.example", name: "Martlet"))
    let named = try read(["MARTLET_MAIL_FROM": "Ада & Co <hello@shops.example>"]).mailSender
    #expect(named == MailAddress("hello@shops.example", name: "Ада & Co"))
    let bare = try read(["MARTLET_MAIL_FROM": "hello@shops.example"]).mailSender
    #expect(bare == MailAddress("hello@shops.example"))
    for wrong in ["hello", "Shop <hello>", "Shop <a@b> x", "<>"] {
      #expect(problems(["MARTLET_MAIL_FROM": wrong]).first?.contains("not an address") == true)
    }
  }

  @Test func `that are empty are not set`() throws {
    #expect(try read(["DATABASE_URL": "", "MARTLET_BIND": ""]).databaseURL == nil)
  }

  @Test(arguments: [
    ("MARTLET_CONNECTIONS", "0"), ("MARTLET_CONNECTIONS", "many"), ("MARTLET_WEB_PROCESSES", "65"),
    ("MARTLET_METRICS_PORT", "70000"), ("MARTLET_LOG_REQUESTS", "some"),
    ("MARTLET_BASE_URL", "shops.example"), ("MARTLET_BASE_URL", "ftp://shops.example"),
    ("MARTLET_BASE_URL", "https://shops.example/path"), ("DATABASE_URL", "db.example"),
    ("MARTLET_TRUSTED_PROXIES", "10.0.0.0/33"), ("MARTLET_TRUSTED_PROXIES", "proxy"),
    ("MARTLET_RESOURCES", "/nowhere"), ("MARTLET_CONFIG", "/nowhere/settings"),
    ("MARTLET_CONECTIONS", "4"),
  ])
  func `that are wrong are named`(name: String, value: String) {
    let found = problems([name: value])
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix(name) == true)
  }

  @Test func `are all looked at before anything is said`() {
    #expect(problems(["MARTLET_CONNECTIONS": "x", "MARTLET_WEB_PROCESSES": "y"]).count == 2)
  }
}
