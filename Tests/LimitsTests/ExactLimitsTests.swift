import FoundationEssentials
import Scope
import TestSupport
import Testing

@testable import Limits

private let start = Date(timeIntervalSince1970: 1_800_000_000)

@Suite struct `An allowance` {
  private func database() async throws -> Database {
    Database(pool: try await TestDatabase.shared().web)
  }

  @Test func `gives its uses, and says what is left`() async throws {
    let allowance = Allowance("test", 3, per: .seconds(60))
    let (database, who) = (try await database(), UUID().uuidString)
    for used in 1...3 {
      let budget = try await allowance.take(
        by: who, database: database, in: Guard.anybody(), now: start)
      #expect(budget.left == 3 - used)
      #expect(budget.renewedInSeconds == 60)
    }
    let later = start + 59
    await #expect(throws: TooManyRequests.self) {
      try await allowance.take(by: who, database: database, in: Guard.anybody(), now: later)
    }
    let renewed = try await allowance.take(
      by: who, database: database, in: Guard.anybody(), now: start + 60)
    #expect(renewed.left == 2)
  }

  @Test func `counts each name and each subject for itself`() async throws {
    let (database, who) = (try await database(), UUID().uuidString)
    let (one, other) = (
      Allowance("one", 1, per: .seconds(60)), Allowance("other", 1, per: .seconds(60))
    )
    for allowance in [one, other] {
      for subject in [who, who + "!"] {
        let budget = try await allowance.take(
          by: subject, database: database, in: Guard.anybody(), now: start)
        #expect(budget.left == 0)
      }
    }
  }

  @Test func `is exact for as many as come at once`() async throws {
    let allowance = Allowance("crowd", 7, per: .seconds(60))
    let (database, who) = (try await database(), UUID().uuidString)
    let allowed = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<60 {
        group.addTask {
          (try? await allowance.take(
            by: who, database: database, in: Guard.anybody(), now: start)) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(allowed == 7)
  }
}

@Suite struct `A throttle` {
  private let throttle = Throttle(
    "secret", free: 3, firstWait: .seconds(2), longestWait: .seconds(16),
    forgottenAfter: .seconds(600))

  private func database() async throws -> Database {
    Database(pool: try await TestDatabase.shared().web)
  }

  /// How long the next try has to wait; nil when it may be made, and then it is.
  private func wait(_ who: String, _ database: Database, at now: Date) async throws -> Int? {
    do {
      try await throttle.take(by: who, database: database, in: Guard.anybody(), now: now)
      return nil
    } catch let refusal as TooManyRequests {
      return refusal.budget.renewedInSeconds
    }
  }

  @Test func `doubles the wait with each try, up to the longest`() async throws {
    let (database, who) = (try await database(), UUID().uuidString)
    var now = start
    for _ in 1...3 { #expect(try await wait(who, database, at: now) == nil) }
    for seconds in [2, 4, 8, 16, 16] {
      #expect(try await wait(who, database, at: now) == seconds)
      now += Double(seconds)
      #expect(try await wait(who, database, at: now) == nil)
    }
  }

  @Test func `does not count a try that came too early`() async throws {
    let (database, who) = (try await database(), UUID().uuidString)
    for _ in 1...3 { _ = try await wait(who, database, at: start) }
    for _ in 1...20 { #expect(try await wait(who, database, at: start + 1) == 1) }
    #expect(try await wait(who, database, at: start + 2) == nil)
  }

  @Test func `forgets after a right try, and after a quiet time`() async throws {
    let (database, who) = (try await database(), UUID().uuidString)
    for _ in 1...3 { _ = try await wait(who, database, at: start) }
    try await throttle.forget(who, database: database, in: Guard.anybody())
    for _ in 1...3 { #expect(try await wait(who, database, at: start) == nil) }
    let quiet = start + 2 + 600
    for _ in 1...3 { #expect(try await wait(who, database, at: quiet) == nil) }
  }

  @Test func `lets no more through at once than are free`() async throws {
    let (database, who) = (try await database(), UUID().uuidString)
    let allowed = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<60 {
        group.addTask {
          (try? await throttle.take(
            by: who, database: database, in: Guard.anybody(), now: start)) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(allowed == 3)
  }

  @Test func `is not troubled by a right try that forgets it meanwhile`() async throws {
    let (database, who) = (try await database(), UUID().uuidString)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...400 {
        group.addTask { _ = try await wait(who, database, at: start) }
        group.addTask {
          try await throttle.forget(who, database: database, in: Guard.anybody())
        }
      }
      try await group.waitForAll()
    }
  }
}

@Suite struct `A limit of one process` {
  @Test func `gives its uses for each window and subject`() throws {
    let limit = LocalLimit(2, per: .seconds(10))
    let now = ContinuousClock.now
    #expect(try limit.take(by: "a", at: now).left == 1)
    #expect(try limit.take(by: "a", at: now).left == 0)
    #expect(throws: TooManyRequests.self) { try limit.take(by: "a", at: now + .seconds(9)) }
    #expect(try limit.take(by: "b", at: now).left == 1)
    #expect(try limit.take(by: "a", at: now + .seconds(10)).left == 1)
  }

  @Test func `keeps its memory bounded`() throws {
    let limit = LocalLimit(1, per: .seconds(10), mostKept: 3)
    let now = ContinuousClock.now
    for name in ["a", "b", "c"] { _ = try limit.take(by: name, at: now) }
    _ = try limit.take(by: "d", at: now)
    // All were forgotten, on the callers' side.
    #expect(try limit.take(by: "a", at: now).left == 0)
  }
}
