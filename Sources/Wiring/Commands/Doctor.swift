import Accounts
import FoundationEssentials
import Glibc
import HTML
import Jobs
import PostgreSQL
import Processes
import Scope

/// `martlet doctor`: looks at everything that the server stands on, changes nothing, and says of each
/// thing that is wrong what to do.
enum Doctor {
  struct Finding: Encodable, Equatable {
    enum State: String, Encodable { case ok, failed, unknown }
    let name: String
    let state: State
    let detail: String
  }

  private struct Report: Encodable {
    let ok: Bool
    let version: String
    let checks: [Finding]
  }

  static func run(_ arguments: [String]) throws {
    let arguments = try Arguments(arguments, options: ["data", "port"], flags: ["json"])
    let findings = examine(arguments)
    let isWell = findings.allSatisfy { $0.state == .ok }
    if arguments.has("json") {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let report = Report(ok: isWell, version: Martlet.version, checks: findings)
      Terminal.say(String(decoding: try encoder.encode(report), as: UTF8.self))
    } else {
      for finding in findings {
        Terminal.say("\(finding.state.rawValue.padded(to: 8))\(finding.name): \(finding.detail)")
      }
    }
    if !isWell { throw ExitCode.configuration }
  }

  private static func examine(_ arguments: Arguments) -> [Finding] {
    let installation: Installation
    do {
      installation = try Installation(arguments)
    } catch let problems as Settings.Problems {
      return problems.all.map { Finding(name: $0.name, state: .failed, detail: $0.explanation) }
    } catch let failure as CommandFailure {
      return [Finding(name: "settings", state: .failed, detail: failure.message)]
    } catch {
      return [Finding(name: "settings", state: .failed, detail: "\(error)")]
    }
    return [
      Finding(name: "settings", state: .ok, detail: "serving at \(installation.settings.baseURL)"),
      languages(installation.settings), dataFolder(installation),
    ] + database(installation)
  }

  private static func languages(_ settings: Settings) -> Finding {
    do throws(Languages.Broken) {
      let languages = try Languages(folder: "\(settings.resources)/Locales")
      let names = languages.all.map(\.code).joined(separator: ", ")
      return Finding(name: "languages", state: .ok, detail: names)
    } catch {
      return Finding(name: "languages", state: .failed, detail: error.description)
    }
  }

  private static func dataFolder(_ installation: Installation) -> Finding {
    let folder = installation.dataFolder
    if access(folder, W_OK) == 0 {
      return Finding(name: "data", state: .ok, detail: "\(folder) is writable")
    }
    if errno == ENOENT {
      return Finding(name: "data", state: .ok, detail: "\(folder) will be made by `martlet serve`")
    }
    return Finding(
      name: "data", state: .failed, detail: "\(folder) is not writable. Check its owner.")
  }

  private static func database(_ installation: Installation) -> [Finding] {
    let cluster = installation.cluster == nil ? "DATABASE_URL" : "private PostgreSQL"
    do {
      let (schema, findings) = try installation.examineDatabase()
      let answers = Finding(name: "database", state: .ok, detail: "\(cluster) answers")
      guard schema == .current else { return [answers, self.schema(schema)] }
      return [answers, self.schema(schema)] + audit(findings) + jobs(installation)
    } catch let error as PostgreSQLError {
      return [notAnswering(cluster, error, isPrivate: installation.cluster != nil)]
    } catch let failure as CommandFailure {
      return [Finding(name: "database", state: .failed, detail: failure.message)]
    } catch {
      return [Finding(name: "database", state: .failed, detail: "\(error)")]
    }
  }

  private static func notAnswering(
    _ cluster: String, _ error: PostgreSQLError, isPrivate: Bool
  ) -> Finding {
    guard case .unavailable(let reason) = error else {
      return Finding(name: "database", state: .failed, detail: "\(cluster): \(error)")
    }
    let detail =
      isPrivate
      ? "\(cluster) is not running; `martlet serve` starts it"
      : "\(cluster) does not answer: \(reason.split(separator: "\n").first ?? "")"
    return Finding(name: "database", state: isPrivate ? .unknown : .failed, detail: detail)
  }

  private static func schema(_ status: Migrator.Status) -> Finding {
    switch status {
    case .current: Finding(name: "schema", state: .ok, detail: "up to date")
    case .pending(let count):
      Finding(
        name: "schema", state: .failed,
        detail: "\(count) migrations to apply. Run `martlet migrate`.")
    case .unknown(let explanation): Finding(name: "schema", state: .failed, detail: explanation)
    }
  }

  /// Work that waits this long waits for a worker that is not there.
  private static let longestWaitSeconds = 600.0

  private static func jobs(_ installation: Installation) -> [Finding] {
    if installation.cluster == nil, installation.settings.workerURL == nil {
      return [
        Finding(
          name: "jobs", state: .ok,
          detail: "no worker here; set MARTLET_WORKER_URL where one is to run")
      ]
    }
    do {
      let status = try installation.queueStatus()
      return [jobs(status), mail(status, installation.settings)]
    } catch {
      return [
        Finding(
          name: "jobs", state: .failed,
          detail: "the worker's login does not see the queue: \(error). Check MARTLET_WORKER_URL.")
      ]
    }
  }

  private static func mail(_ status: QueueStatus, _ settings: Settings) -> Finding {
    if let server = settings.smtpServer {
      return Finding(name: "mail", state: .ok, detail: "by \(server.host), port \(server.port)")
    }
    let waiting = status.waiting[SendAccountMail.jobName] ?? 0
    return Finding(
      name: "mail", state: waiting == 0 ? .ok : .failed,
      detail: "\(waiting) wait in the queue. Set MARTLET_SMTP_URL to have mails sent.")
  }

  private static func jobs(_ status: QueueStatus) -> Finding {
    let dead = status.dead.values.reduce(0, +)
    let age = status.oldestAge(at: Date())
    let standing =
      "\(status.waiting.values.reduce(0, +)) waiting, the oldest for \(Int(age)) s, "
      + "\(status.running) running, \(dead) dead"
    if dead > 0 {
      let advice = "`martlet job dead` lists what failed, `martlet job retry` tries it again."
      return Finding(name: "jobs", state: .failed, detail: "\(standing). \(advice)")
    }
    if age > longestWaitSeconds {
      let advice = "Is a worker running, and does it know all that waits?"
      return Finding(name: "jobs", state: .failed, detail: "\(standing). \(advice)")
    }
    return Finding(name: "jobs", state: .ok, detail: standing)
  }

  private static func audit(_ findings: [String]) -> [Finding] {
    if findings.isEmpty {
      return [Finding(name: "isolation", state: .ok, detail: "roles and policies are in order")]
    }
    return findings.map { Finding(name: "isolation", state: .failed, detail: $0) }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
