#if DEBUG
  import PostgreSQL
  import Scope
  import Testing
  import TestSupport

  @testable import Shops

  @Suite struct `The plans of a new installation` {
    @Test func `are the four that it ships with, for anybody to read`() async throws {
      let shops = try await TestShops()
      let plans = try await shops.database.all(Plan.offered, in: Guard.anybody())
      #expect(plans.map { $0.with() } == .shipped)
      #expect(plans.allSatisfy { $0.limits == Plan.Limits() })
    }
  }
#endif
