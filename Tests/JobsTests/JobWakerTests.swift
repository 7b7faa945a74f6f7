import PostgreSQL
import TestSupport
import Testing

@testable import Jobs

@Suite struct `Waking the workers` {
  @Test func `reaches who listens, also when many ask at once and again later`() async throws {
    let place = try await TestDatabase.shared()
    let news = try Listener.notifications(
      on: [JobWaker.channel], connectionString: place.connectionString(login: "martlet_worker"))
    let waker = JobWaker(pool: place.web)
    var heard = 0
    for await notification in news {
      if notification == .received(channel: "martlet_jobs", payload: "") { heard += 1 }
      // Each answer asks anew: a wake that got lost would leave this waiting.
      for _ in 1...10 { waker.wake() }
      if heard == 20 { break }
    }
    #expect(heard == 20)
  }
}
