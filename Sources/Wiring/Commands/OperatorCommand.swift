import Accounts
import PostgreSQL
import Processes
import Scope
import Secrets
import Web

/// `martlet operator`: who are the platform's people. Said on the machine itself, by its operator login;
/// no page and no call of the API makes one.
enum OperatorCommand {
  static func run(_ arguments: [String]) throws {
    let words = Array(arguments.prefix { !$0.hasPrefix("--") })
    let arguments = try Arguments(
      Array(arguments.dropFirst(words.count)), options: ["name", "data", "port"], flags: [])
    let installation = try Installation(arguments)
    switch (words.first, words.count) {
    case ("create", 2): try create(words[1], name: arguments["name"] ?? "", installation)
    case ("list", 1): try list(installation)
    case ("remove", 2): try remove(words[1], installation)
    default:
      throw CommandFailure(
        .usage,
        "It is operator create EMAIL, operator list or operator remove EMAIL. "
          + "`martlet --help` says more.")
    }
  }

  private static func create(
    _ email: String, name: String, _ installation: Installation
  ) throws {
    guard name.unicodeScalars.count <= 200 else {
      throw CommandFailure(.usage, "--name takes at most 200 characters.")
    }
    do {
      switch try onOperators(of: installation, { try await $0.add(email, name: name) }) {
      case .promoted:
        Terminal.say("\(email) is an operator now, and signs in anew.")
      case .invited(let token):
        Terminal.say("\(email) is an operator now. This link sets the password, once, for a day:")
        Terminal.say("\(installation.settings.baseURL)/reset/\(token.text)")
      }
      Terminal.say(
        "Operators need a second factor: \(installation.settings.baseURL)\(Site.secondFactorPath)"
      )
    } catch Operators.Refusal.notAnAddress {
      throw notAnAddress(email)
    } catch Operators.Refusal.addressNotVerified {
      throw CommandFailure(
        .failed,
        "There is an account with \(email), and nobody has shown that the address is theirs. "
          + "Verify it, or reset the password by it, and run this again.")
    }
  }

  private static func list(_ installation: Installation) throws {
    let people = try onOperators(of: installation) { try await $0.all() }
    for person in people {
      let factor = person.hasSecondFactor ? "second factor on" : "second factor off"
      Terminal.say("\(person.email) \(factor) \(person.name)")
    }
    if people.isEmpty { Terminal.say("There is no operator.") }
  }

  private static func remove(_ email: String, _ installation: Installation) throws {
    do {
      guard try onOperators(of: installation, { try await $0.remove(email) }) else {
        throw CommandFailure(.usage, "\(email) is no operator. `martlet operator list` lists them.")
      }
      Terminal.say("\(email) is no operator now, and is signed out everywhere.")
    } catch Operators.Refusal.notAnAddress {
      throw notAnAddress(email)
    }
  }

  private static func notAnAddress(_ email: String) -> CommandFailure {
    CommandFailure(.usage, "\"\(email)\" is not an e-mail address such as name@shops.example.")
  }

  private static func onOperators<Output: Sendable>(
    of installation: Installation, _ body: @escaping @Sendable (Operators) async throws -> Output
  ) throws -> Output {
    let isStarted = try installation.startClusterUnlessServing()
    defer { if isStarted { installation.cluster?.stop() } }
    // A private database may be as new as the folder.
    if isStarted { _ = try installation.migrate() }
    let connection = try installation.operatorConnection()
    let context = try installation.settings.context()
    return try blocking {
      let pool = Pool(Pool.Configuration(connectionString: connection, size: 1))
      return try await body(Operators(database: Database(pool: pool), context: context))
    }
  }
}
