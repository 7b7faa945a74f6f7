import FoundationEssentials
import Glibc
import Jobs
import PostgreSQL
import Scope

/// Jobs whose effects are rows, so that what happened can be counted afterwards.
enum ProbeJobs {
  struct Numbered: Codable, Sendable {
    let number: Int
  }

  /// Limits wide enough that only the queue itself is measured.
  static let effect = Job<Numbered>("probe.effect", attempts: 100, atOncePerShop: 1_000)
  /// Says on standard output that it holds its job, then takes its time.
  static let hold = Job<Numbered>("probe.hold", attempts: 100)
  static let holdSeconds = 3.0
  /// As `hold`, but until its task is cancelled, and then it would still leave its effect.
  static let wait = Job<Numbered>("probe.wait", attempts: 100)

  static let shops = (1...8).map { number in
    UUID(uuid: (0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 1, UInt8(number)))
  }

  static func scope(_ shop: UUID) -> TransactionContext {
    TransactionContext(role: BenchDatabase.role, settings: ["app.shop_id": shop])
  }

  /// Makes the effects' table, empty, and empties the queue.
  static func prepare(_ arguments: [String]) async throws {
    let cluster = try ProbeCluster(arguments)
    let superuser = try Connection(to: cluster.connectionString(login: cluster.superuser))
    try await superuser.script(
      """
      DROP TABLE IF EXISTS app.probe_effects;
      CREATE TABLE app.probe_effects (
        shop_id uuid NOT NULL, number bigint NOT NULL, started_at timestamptz NOT NULL,
        made_at timestamptz NOT NULL DEFAULT clock_timestamp());
      CALL app.protect('app.probe_effects', 'martlet_commerce');
      GRANT INSERT ON app.probe_effects TO martlet_commerce;
      DELETE FROM app.jobs WHERE name LIKE 'probe.%';
      """)
    await superuser.close()
  }

  /// `--count` jobs, numbered from 1, for shop `--shop` (1 to 8) or for all in turn.
  static func enqueue(_ arguments: [String]) async throws {
    let options = ProbeArguments(arguments)
    let cluster = try ProbeCluster(arguments)
    let pool = Pool(
      .init(connectionString: cluster.connectionString(login: "martlet_web"), size: 1))
    let job = [hold, wait].first { $0.name == options["job"] } ?? effect
    let chosen = options["shop"].flatMap { Int($0) }.map { [shops[$0 - 1]] } ?? shops
    let numbers = Array(1...options.number("count", otherwise: 1))
    for (index, start) in stride(from: 0, to: numbers.count, by: 1_000).enumerated() {
      let shop = chosen[index % chosen.count]
      let some = numbers[start..<min(start + 1_000, numbers.count)].map(Numbered.init)
      let command = try job.enqueue(all: some, for: shop, now: Date())
      _ = try await pool.run(command, as: scope(shop))
    }
  }

  static func handlers(effects: Pool) -> [JobHandler] {
    [
      JobHandler(effect) { payload, running in
        try await leave(payload.number, of: running, on: effects)
      },
      JobHandler(hold) { payload, running in
        say("holding \(payload.number)\n")
        // It does not listen to its cancellation: so its finish meets the database's refusal.
        let end = ContinuousClock.now + .seconds(holdSeconds)
        while ContinuousClock.now < end { try? await Task.sleep(until: end) }
        try await leave(payload.number, of: running, on: effects)
      },
      JobHandler(wait) { payload, running in
        say("holding \(payload.number)\n")
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
        try await leave(payload.number, of: running, on: effects)
      },
    ]
  }

  /// At once: whoever waits for it reads a pipe, for which `print` would keep it.
  private static func say(_ line: String) {
    _ = Array(line.utf8).withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }

  /// The effect and the end of its job: one transaction, one round trip.
  private static func leave(
    _ number: Int, of running: RunningJob, on effects: Pool
  ) async throws {
    let row = Command(
      """
      INSERT INTO app.probe_effects (shop_id, number, started_at)
      VALUES (\(running.shop), \(number), \(running.startedAt))
      """)
    _ = try await effects.run(row, running.finish(), as: scope(running.shop))
  }
}
