import PostgreSQL
package import Scope

/// Walks the chains and says what does not fit: `martlet audit verify`.
package struct AuditCheck: Sendable {
  private static let atOnce = 1_000

  private let database: Database
  private let scope: OperatorScope

  /// - Parameter database: Logs in as `martlet_operator`.
  package init(database: Database, scope: OperatorScope) {
    self.database = database
    self.scope = scope
  }

  /// What was found about one shop.
  package struct Result: Sendable {
    package let slug: String
    /// The last seal's number; 0 where there is none.
    package let length: Int
    /// Of the last seal, in hexadecimal. Whoever keeps it elsewhere sees later that a whole chain
    /// was made anew.
    package let head: String?
    package let findings: [AuditFinding]
  }

  package struct CheckedShop: Sendable {
    package let id: ID<Shop>
    package let slug: String
  }

  /// - Parameter slug: Nil for every shop.
  package func shops(called slug: String? = nil) async throws -> [CheckedShop] {
    let query = Query<CheckedShop>(
      """
      SELECT shop_id, slug FROM shops
       WHERE coalesce(slug = \(slug as String?), true) ORDER BY created_at, shop_id
      """
    ) { row throws(RowError) in
      CheckedShop(id: try row.get("shop_id"), slug: try row.get("slug"))
    }
    return try await database.all(query, in: scope)
  }

  package func check(_ shop: CheckedShop) async throws -> Result {
    // Seals up to here are there to stay; a head without its seals is found at the end.
    let head = try await database.first(AuditHead.find(of: shop.id), in: scope)
    var walk = AuditWalk(shop: shop.id)
    while walk.sequence < head?.sequence ?? 0 {
      let links = try await database.all(
        Self.links(of: shop.id, after: walk.sequence, upTo: head?.sequence ?? 0), in: scope)
      guard !links.isEmpty else { break }
      for link in links { walk.take(link) }
    }
    walk.end(at: head)
    async let beyond = database.all(Self.beyondHead(of: shop.id), in: scope)
    async let backdated = database.all(Self.backdated(in: shop.id), in: scope)
    return Result(
      slug: shop.slug, length: head?.sequence ?? 0, head: head?.hash.hex,
      findings: walk.findings + (try await beyond) + (try await backdated))
  }

  // MARK: SQL

  private static func links(
    of shop: ID<Shop>, after sequence: Int, upTo last: Int
  ) -> Query<AuditLink> {
    Query(
      """
      SELECT seal.sequence, seal.entry_id, seal.entry_hash, seal.hash,
             entry.id IS NOT NULL AS has_entry, \(StoredEntry.columns)
        FROM audit_seals AS seal
        LEFT JOIN audit_log AS entry ON entry.shop_id = seal.shop_id AND entry.id = seal.entry_id
       WHERE seal.shop_id = \(shop) AND seal.sequence > \(sequence) AND seal.sequence <= \(last)
       ORDER BY seal.sequence LIMIT \(atOnce)
      """
    ) { row throws(RowError) in
      AuditLink(
        seal: AuditSeal(
          sequence: try row.get("sequence"), entry: try row.get("entry_id"),
          entryHash: try row.get("entry_hash", as: Bytes.self).array,
          hash: try row.get("hash", as: Bytes.self).array),
        entry: try row.get("has_entry") ? try StoredEntry(row) : nil)
    }
  }

  private static func beyondHead(of shop: ID<Shop>) -> Query<AuditFinding> {
    Query(
      """
      SELECT sequence, entry_id FROM audit_seals AS seal
       WHERE shop_id = \(shop) AND sequence > coalesce(
         (SELECT head.sequence FROM audit_heads AS head WHERE head.shop_id = \(shop)), 0)
       ORDER BY sequence LIMIT \(atOnce)
      """
    ) { row throws(RowError) in
      .sealBeyondHead(sequence: try row.get("sequence"), entry: try row.get("entry_id"))
    }
  }

  /// Without seal, and from before the last time at which nothing was left to seal.
  private static func backdated(in shop: ID<Shop>) -> Query<AuditFinding> {
    Query(
      """
      SELECT entry.id FROM audit_log AS entry
       WHERE entry.shop_id = \(shop)
         AND entry.at < (SELECT at FROM audit_sweeps) - make_interval(secs => \(AuditSealing.grace))
         AND NOT EXISTS (SELECT FROM audit_seals AS seal
                          WHERE seal.shop_id = entry.shop_id AND seal.entry_id = entry.id)
       ORDER BY entry.at, entry.id LIMIT \(atOnce)
      """
    ) { row throws(RowError) in .inserted(entry: try row.get("id")) }
  }
}

/// One thing that does not fit.
package enum AuditFinding: Sendable, Equatable, CustomStringConvertible {
  case changed(sequence: Int, entry: ID<AuditEntry>)
  /// The entry is nil where its seal is gone too.
  case removed(sequence: Int, entry: ID<AuditEntry>?)
  case inserted(entry: ID<AuditEntry>)
  case resealed(sequence: Int, entry: ID<AuditEntry>)
  case sealBeyondHead(sequence: Int, entry: ID<AuditEntry>)
  case headChanged(sequence: Int, entry: ID<AuditEntry>)

  package var description: String {
    switch self {
    case .changed(let sequence, let entry):
      "sequence \(sequence), entry \(entry): changed after it was sealed"
    case .removed(let sequence, let entry?):
      "sequence \(sequence), entry \(entry): removed after it was sealed"
    case .removed(let sequence, nil):
      "sequence \(sequence): removed, and its seal with it"
    case .inserted(let entry):
      "entry \(entry): put in later, with a time before others were sealed"
    case .resealed(let sequence, let entry):
      "sequence \(sequence), entry \(entry): its seal does not follow from the one before; "
        + "one of the two was made anew"
    case .sealBeyondHead(let sequence, let entry):
      "sequence \(sequence), entry \(entry): put in behind the head of the chain"
    case .headChanged(let sequence, let entry):
      "sequence \(sequence), entry \(entry): the head of the chain is another seal than the last"
    }
  }
}

/// A seal and what it seals, which may be gone.
struct AuditLink: Sendable {
  let seal: AuditSeal
  let entry: StoredEntry?
}

/// Along a chain, seal by seal. It goes on behind what does not fit, so that each is named.
struct AuditWalk {
  let shop: ID<Shop>
  /// Of the last seal that was seen.
  private(set) var sequence = 0
  private(set) var findings: [AuditFinding] = []
  /// Nil at the start, and behind a gap: what was there is not known.
  private var previous: AuditSeal?

  init(shop: ID<Shop>) { self.shop = shop }

  mutating func take(_ link: AuditLink) {
    let seal = link.seal
    let isBehindGap = seal.sequence != sequence + 1
    for missing in (sequence + 1)..<seal.sequence {
      findings.append(.removed(sequence: missing, entry: nil))
    }
    if let entry = link.entry {
      if AuditChain.hash(of: entry, in: shop) != seal.entryHash {
        findings.append(.changed(sequence: seal.sequence, entry: seal.entry))
      }
    } else {
      findings.append(.removed(sequence: seal.sequence, entry: seal.entry))
    }
    let expected = AuditChain.seal(
      seal.entry, hash: seal.entryHash, sequence: seal.sequence, in: shop, after: previous?.hash)
    if !isBehindGap && expected != seal.hash {
      findings.append(.resealed(sequence: seal.sequence, entry: seal.entry))
    }
    sequence = seal.sequence
    previous = seal
  }

  mutating func end(at head: AuditHead?) {
    guard let head else { return }
    if sequence < head.sequence {
      for missing in (sequence + 1)..<head.sequence {
        findings.append(.removed(sequence: missing, entry: nil))
      }
      findings.append(.removed(sequence: head.sequence, entry: head.entry))
    } else if previous?.hash != head.hash {
      findings.append(.headChanged(sequence: head.sequence, entry: head.entry))
    }
  }
}
