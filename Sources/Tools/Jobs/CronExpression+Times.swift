package import FoundationEssentials

/// Times are told by the wall clock of a zone, which skips an hour in spring and repeats one in autumn.
/// As in Debian's cron(8): an expression that names its hours runs once a day whatever the clock does,
/// at the end of the gap, or the first time round; one with `*` hours follows the minutes that there are.
extension CronExpression {
  /// The first time after another, to the minute.
  /// - Returns: Nil when there is none within some 9 years, as for 30 February.
  package func next(after time: Date, in zone: TimeZone) -> Date? {
    let clock = WallClock(zone)
    let after = Int(time.timeIntervalSince1970.rounded(.down))
    // From the day before: what a gap or a repeated hour moved may lie after midnight.
    var day = CivilDay(ofSecond: clock.wallSecond(at: after)).number - 1
    for _ in 0...(9 * 366) {
      let civil = CivilDay(number: day)
      if includes(civil), let next = first(on: civil, after: after, by: clock) {
        return Date(timeIntervalSince1970: Double(next))
      }
      day += 1
    }
    return nil
  }

  /// The last time at or before another.
  package func last(notAfter time: Date, in zone: TimeZone) -> Date? {
    // Looked for from nearer and nearer to further and further back, so that few lie in between.
    for hours in [1, 24, 24 * 31, 24 * 366, 24 * 366 * 9] as [Double] {
      guard var last = next(after: time - hours * 3_600, in: zone), last <= time else { continue }
      while let later = next(after: last, in: zone), later <= time { last = later }
      return last
    }
    return nil
  }

  private func first(on day: CivilDay, after: Int, by clock: WallClock) -> Int? {
    let followsTheMinutes = hours.numbers.count == 24
    let earliest = clock.wallSecond(at: after) - WallClock.longestJump
    var first: Int?
    for hour in hours.numbers {
      for minute in minutes.numbers {
        let wall = day.number * 86_400 + hour * 3_600 + minute * 60
        if wall < earliest { continue }
        // What is later on the wall may be earlier in time, but not by more than that.
        if let first, wall > clock.wallSecond(at: first) + WallClock.longestJump { return first }
        for time in times(of: wall, by: clock, followsTheMinutes) where time > after {
          first = min(first ?? time, time)
        }
      }
    }
    return first
  }

  private func times(of wall: Int, by clock: WallClock, _ followsTheMinutes: Bool) -> [Int] {
    let times = clock.times(ofWallSecond: wall)
    if followsTheMinutes { return times }
    return [times.first ?? clock.endOfGap(around: wall)]
  }
}
