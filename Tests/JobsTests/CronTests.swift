import FoundationEssentials
import Testing

@testable import Jobs

@Suite struct `A cron expression` {
  @Test(
    arguments: [
      ("*/15 * * * *", "2026-03-01T10:07:00Z", "2026-03-01T10:15:00Z"),
      ("*/15 * * * *", "2026-03-01T10:15:00Z", "2026-03-01T10:30:00Z"),
      ("5/20 * * * *", "2026-03-01T10:26:00Z", "2026-03-01T10:45:00Z"),
      ("0 9-17/4 * * *", "2026-03-01T13:00:00Z", "2026-03-01T17:00:00Z"),
      ("0 0 * * *", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"),
      ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
      ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
      ("30 4 1,15 * *", "2026-01-15T04:30:00Z", "2026-02-01T04:30:00Z"),
      ("0 12 * jan mon-FRI", "2026-03-01T00:00:00Z", "2027-01-01T12:00:00Z"),
      ("0 0 * * 7", "2026-03-02T00:00:00Z", "2026-03-08T00:00:00Z"),
      ("0 0 13 * 5", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z"),
      ("0 0 */2 * 5", "2026-03-01T00:00:00Z", "2026-03-13T00:00:00Z"),
      ("@monthly", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
      ("59 23 31 12 *", "1969-12-31T23:59:59Z", "1970-12-31T23:59:00Z"),
    ])
  func `names the next time in UTC`(text: String, after: String, next: String) throws {
    #expect(try CronExpression(text).next(after: time(after), in: .gmt) == time(next))
  }

  /// Berlin's clocks go from 2:00 to 3:00 on 29 March 2026 at 1:00 UTC, and from 3:00 back to 2:00 on
  /// 25 October 2026 at 1:00 UTC.
  @Test(
    arguments: [
      // Named hours: once that day, at the end of the gap.
      ("30 2 * * *", ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
      // Named hours: the first time round only.
      ("30 2 * * *", ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
      // Any hour: the minutes that there are.
      ("30 * * * *", ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"]),
      ("30 * * * *", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]),
      // Two times of one gap are one run.
      ("0,30 2 * * *", ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z", "2026-03-30T00:30:00Z"]),
      ("0 3 * * *", ["2026-03-28T02:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"]),
    ])
  func `runs through the days on which Berlin's clocks change`(
    text: String, times: [String]
  ) throws {
    let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
    let cron = try CronExpression(text)
    for (earlier, later) in zip(times, times.dropFirst()) {
      #expect(cron.next(after: time(earlier), in: berlin) == time(later), "after \(earlier)")
    }
  }

  /// Beirut's clocks go from midnight to 1:00 on 29 March 2026: the gap is the day's first hour.
  @Test func `runs at a midnight that does not exist`() throws {
    let beirut = try #require(TimeZone(identifier: "Asia/Beirut"))
    let next = try CronExpression("0 0 * * *").next(after: time("2026-03-28T12:00:00Z"), in: beirut)
    #expect(next == time("2026-03-28T22:00:00Z"))
  }

  @Test(arguments: ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"])
  func `skips and repeats no quarter of an hour`(zone: String) throws {
    let zone = try #require(TimeZone(identifier: zone))
    let cron = try CronExpression("*/15 * * * *")
    // Weeks in which clocks change: north in March and autumn, south in April and October.
    for start in [
      "2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31",
    ] {
      var next = time("\(start)T00:00:00Z")
      for _ in 1...(2 * 96) {
        let following = cron.next(after: next, in: zone)
        #expect(following == next + 900)
        next += 900
      }
    }
  }

  @Test func `names no time that never comes`() throws {
    #expect(
      try CronExpression("0 0 30 2 *").next(after: time("2026-01-01T00:00:00Z"), in: .gmt) == nil)
  }

  @Test(
    arguments: [
      ("*/5 * * * *", "2026-03-01T10:07:00Z", "2026-03-01T10:05:00Z"),
      ("0 3 * * *", "2026-03-01T02:59:00Z", "2026-02-28T03:00:00Z"),
      ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2024-02-29T00:00:00Z"),
    ])
  func `names the last time before another`(text: String, before: String, last: String) throws {
    #expect(try CronExpression(text).last(notAfter: time(before), in: .gmt) == time(last))
  }

  @Test(
    arguments: [
      "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
      "* * * * 8", "5-1 * * * *", "*/0 * * * *", "*/61 * * * *", "1,,2 * * * *", "a * * * *",
      "-1 * * * *", "+5 * * * *", "1-2-3 * * * *", "@never",
    ])
  func `is refused when a field cannot be`(text: String) {
    #expect(throws: CronExpression.Refused.self) { try CronExpression(text) }
  }
}

private func time(_ text: String) -> Date {
  guard let date = try? Date(text, strategy: .iso8601) else { preconditionFailure(text) }
  return date
}
