import FoundationEssentials
package import Jobs
package import PostgreSQL
package import Scope

/// Puts new entries of all shops on the ends of their chains, every few seconds.
package struct AuditSealing: Sendable {
  /// How much older than its commit an entry's time may be: no transaction lives that long, and no two
  /// clocks of ours are that far apart.
  static let grace: TimeInterval = 300
  private static let secondsBetween: TimeInterval = 10
  private static let atOnce = 500

  private let queue: Pool
  private let context: Context

  /// - Parameter queue: Logs in as `martlet_worker`.
  package init(queue: Pool, context: Context) {
    self.queue = queue
    self.context = context
  }

  /// Each run asks for the next. The schedule starts that again where it has ended.
  package static let job = Job<ScheduledRun>("audit.seal", timeLimit: .seconds(300))

  package static func schedule() throws(CronExpression.Refused) -> JobSchedule {
    JobSchedule(job, try CronExpression("* * * * *"), in: .gmt, catchUp: .once)
  }

  package var handler: JobHandler {
    JobHandler(Self.job) { _, _ in
      try await run()
      let now = context.now()
      let next = now + Self.secondsBetween
      _ = try await queue.run(
        Self.job.enqueue(
          ScheduledRun(scheduledAt: next), for: Platform.id, now: now, runAt: next, key: "next"),
        as: .login)
    }
  }

  /// Seals all that is there now. May run several times at once, and stop at any moment.
  package func run() async throws {
    let startedAt = context.now()
    let swept = try await queue.run(Self.lastSweep, as: .login).first
    let oldest = swept.map { $0 - Self.grace } ?? Date(timeIntervalSince1970: 0)
    let shops = try await queue.run(Self.shops(since: oldest), as: .login)
    for shop in shops {
      while try await seal(shop, since: oldest) == Self.atOnce {
        try Task.checkCancellation()
      }
    }
    _ = try await queue.run(Self.sweep(at: startedAt), as: .login)
  }

  /// - Returns: How many entries got their seal.
  private func seal(_ shop: ID<Shop>, since oldest: Date) async throws -> Int {
    try await queue.transaction(as: .login) { tx in
      // Behind the lock, the head is the last of all that are sealed.
      let lock = Command(
        "SELECT pg_advisory_xact_lock(hashtextextended(\("audit seal \(shop)"), 0))")
      let (_, heads) = try await tx.run(lock, AuditHead.find(of: shop))
      let entries = try await tx.all(Self.unsealed(of: shop, since: oldest))
      let seals = AuditSeal.chain(entries, in: shop, after: heads.first)
      guard let last = seals.last else { return 0 }
      _ = try await tx.run(Self.insert(seals, of: shop), Self.move(to: last, of: shop))
      return seals.count
    }
  }

  // MARK: SQL

  private static let lastSweep = Query<Date>("SELECT at FROM app.audit_sweeps") {
    row throws(RowError) in try row.get("at")
  }

  private static func sweep(at time: Date) -> Command {
    Command(
      """
      INSERT INTO app.audit_sweeps (at) VALUES (\(time))
      ON CONFLICT (is_only_row) DO UPDATE SET at = greatest(audit_sweeps.at, EXCLUDED.at)
      """)
  }

  private static let hasNoSeal: SQL = """
    NOT EXISTS (SELECT FROM app.audit_seals AS seal
                 WHERE seal.shop_id = entry.shop_id AND seal.entry_id = entry.id)
    """

  private static func shops(since oldest: Date) -> Query<ID<Shop>> {
    Query(
      """
      SELECT DISTINCT entry.shop_id FROM app.audit_log AS entry
       WHERE entry.at >= \(oldest) AND \(hasNoSeal)
      """
    ) { row throws(RowError) in try row.get("shop_id") }
  }

  private static func unsealed(of shop: ID<Shop>, since oldest: Date) -> Query<StoredEntry> {
    Query(
      """
      SELECT \(StoredEntry.columns) FROM app.audit_log AS entry
       WHERE entry.shop_id = \(shop) AND entry.at >= \(oldest) AND \(hasNoSeal)
       ORDER BY entry.at, entry.id LIMIT \(atOnce)
      """
    ) { row throws(RowError) in try StoredEntry(row) }
  }

  private static func insert(_ seals: [AuditSeal], of shop: ID<Shop>) -> Command {
    Command(
      """
      INSERT INTO app.audit_seals (shop_id, sequence, entry_id, entry_hash, hash)
      SELECT \(shop), seal.* FROM unnest(
        \(seals.map(\.sequence)), \(seals.map(\.entry)), \(seals.map { Bytes($0.entryHash) }),
        \(seals.map { Bytes($0.hash) })) AS seal
      """)
  }

  private static func move(to seal: AuditSeal, of shop: ID<Shop>) -> Command {
    Command(
      """
      INSERT INTO app.audit_heads (shop_id, sequence, entry_id, hash)
      VALUES (\(shop), \(seal.sequence), \(seal.entry), \(Bytes(seal.hash)))
      ON CONFLICT (shop_id) DO UPDATE
        SET sequence = EXCLUDED.sequence, entry_id = EXCLUDED.entry_id, hash = EXCLUDED.hash
      """)
  }
}

/// One link of a shop's chain.
struct AuditSeal: Sendable {
  let sequence: Int
  let entry: ID<AuditEntry>
  let entryHash: [UInt8]
  let hash: [UInt8]

  /// - Parameter head: Nil where the shop has no seal yet.
  static func chain(
    _ entries: [StoredEntry], in shop: ID<Shop>, after head: AuditHead?
  ) -> [AuditSeal] {
    var seals: [AuditSeal] = []
    for entry in entries {
      let sequence = (seals.last?.sequence ?? head?.sequence ?? 0) + 1
      let entryHash = AuditChain.hash(of: entry, in: shop)
      let hash = AuditChain.seal(
        entry.id, hash: entryHash, sequence: sequence, in: shop,
        after: seals.last?.hash ?? head?.hash)
      seals.append(
        AuditSeal(sequence: sequence, entry: entry.id, entryHash: entryHash, hash: hash))
    }
    return seals
  }
}

/// The last link, as it is kept apart.
struct AuditHead: Sendable {
  let sequence: Int
  let entry: ID<AuditEntry>
  let hash: [UInt8]

  static func find(of shop: ID<Shop>) -> Query<AuditHead> {
    Query("SELECT sequence, entry_id, hash FROM app.audit_heads WHERE shop_id = \(shop)") {
      row throws(RowError) in
      AuditHead(
        sequence: try row.get("sequence"), entry: try row.get("entry_id"),
        hash: try row.get("hash", as: Bytes.self).array)
    }
  }
}
