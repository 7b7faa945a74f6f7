import TestSupport
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(3))) struct `A listener` {
  let database: TestDatabase

  init() async throws { database = try await .empty() }

  private var listening: SQL {
    "datname = \(database.name) AND application_name = 'martlet listener'"
  }

  private func notify(_ payloads: ClosedRange<Int>) async throws {
    let connection = try await Place.connection(to: database)
    for number in payloads {
      try await connection.script("SELECT pg_notify('odd_or_even_\(number % 2)', 'é \(number)')")
    }
  }

  private func listen() throws -> AsyncStream<Notification> {
    try Listener.notifications(
      on: ["odd_or_even_0", "odd_or_even_1"],
      connectionString: database.superuserConnectionString)
  }

  @Test func `hears what is sent, in order, and says when it starts anew`() async throws {
    let stream = try listen()
    var heard = stream.makeAsyncIterator()
    for _ in 1...3 {
      #expect(await heard.next() == .connected)
      try await notify(1...200)
      for number in 1...200 {
        #expect(
          await heard.next()
            == .received(channel: "odd_or_even_\(number % 2)", payload: "é \(number)"))
      }
      #expect(try await Place.end(listening) == 1)
    }
    #expect(await heard.next() == .connected)
  }

  @Test func `leaves when nobody reads any more`() async throws {
    for _ in 1...10 {
      var stream: AsyncStream<Notification>? = try listen()
      for await notification in stream! {
        #expect(notification == .connected)
        break
      }
      stream = nil
      try await Place.until { try await Place.sessions(listening) == 0 }
    }
  }

  @Test func `leaves when nobody ever read, even while it connects`() async throws {
    for _ in 1...20 {
      _ = try listen()
    }
    // One that listens is there at once or never: the last to come is waited for.
    let last = try listen()
    for await _ in last { break }
    try await Place.until { try await Place.sessions(listening) <= 1 }
    withExtendedLifetime(last) {}
  }
}
