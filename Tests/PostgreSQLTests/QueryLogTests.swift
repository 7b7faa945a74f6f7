import Testing

@testable import PostgreSQL

@Suite struct `The log of slow statements` {
  @Test func `holds their texts, and no value`() async throws {
    let result = try await #require(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      let statement = Wire.Message.statement(
        "SELECT \("a secret") FROM slow WHERE n = \(4_711)", as: .login)
      StatementObserver(metrics: nil, slowerThan: .zero).finished(
        [statement, .commit], since: .now - .seconds(7), error: nil)
      StatementObserver(metrics: nil, slowerThan: .seconds(7)).finished(
        [.rollback], since: .now, error: nil)
      StatementObserver(metrics: nil, slowerThan: .zero).finished(
        [.copy(String(repeating: "x", count: 1_000_000))], since: .now, error: nil)
    }
    let log = String(decoding: result.standardErrorContent, as: UTF8.self)
    let lines = log.split(separator: "\n").filter { $0.contains("postgresql.slow") }
    #expect(lines.count == 2)
    #expect(lines[0].contains("SELECT $1 FROM slow WHERE n = $2; COMMIT"))
    #expect(lines[0].contains("\"milliseconds\":700"))
    #expect(!log.contains("secret") && !log.contains("4711") && !log.contains("ROLLBACK"))
    #expect(lines[1].utf8.count < 3_000)
  }
}
