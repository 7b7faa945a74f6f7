import FoundationEssentials
package import Scope
import Synchronization

/// A shop that somebody looks at, with what its pages need.
package struct VisitedShop: Sendable {
  package let visit: ShopVisit
  let row: ShopRow

  package var scope: ShopScope { visit.scope }
  /// The name that it has now; another one may have led here.
  package var slug: String { row.slug }
  package var state: String { row.state }
}

/// Shops by the names that visitors call, kept in memory: every page of a storefront asks for one.
/// Whoever changes a shop tells all processes on `channel`.
package final class ShopDirectory: Sendable {
  package static let channel = "martlet_shops"
  /// For when the news is lost: a change is seen by then at the latest.
  private static let longest = Duration.seconds(60)
  /// Names that no shop has are not kept, so that nobody fills this by asking for them.
  private static let mostNames = 20_000

  private struct Entry {
    let shop: VisitedShop
    let readAt: ContinuousClock.Instant
  }

  private struct State {
    var entries: [String: Entry] = [:]
    /// Counts news, so that what was read before one is not kept after it.
    var age = 0
  }

  private let database: Database
  private let state = Mutex(State())

  package init(database: Database) { self.database = database }

  /// - Returns: Nil when no shop has that name, or had it of late.
  func shop(named slug: String, at now: Date) async throws -> VisitedShop? {
    if let known = known(slug) { return known }
    return try await read(slug, at: now)
  }

  /// As above, from the database: for what cannot be right if the news is still on its way.
  func read(_ slug: String, at now: Date) async throws -> VisitedShop? {
    let age = state.withLock(\.age)
    let readAt = ContinuousClock.now
    guard let visit = try await Guard.visitor(ofSlug: slug, at: now, database: database) else {
      return nil
    }
    let row = try await database.one(ShopRow.find(in: visit.scope), in: visit.scope)
    let shop = VisitedShop(visit: visit, row: row)
    state.withLock { state in
      guard state.age == age else { return }
      if state.entries.count >= Self.mostNames { state.entries.removeAll() }
      state.entries[slug] = Entry(shop: shop, readAt: readAt)
    }
    return shop
  }

  /// What is in memory.
  func known(_ slug: String) -> VisitedShop? {
    state.withLock { state in
      guard let entry = state.entries[slug],
        entry.readAt.duration(to: .now) < Self.longest
      else { return nil }
      return entry.shop
    }
  }

  /// - Parameter id: A shop's, as the news has it.
  package func forget(_ id: String) {
    let changed = ID<Shop>(id)
    state.withLock { state in
      state.age += 1
      state.entries = state.entries.filter { $0.value.shop.row.id != changed }
    }
  }

  package func forgetAll() {
    state.withLock { state in
      state.age += 1
      state.entries.removeAll()
    }
  }
}
