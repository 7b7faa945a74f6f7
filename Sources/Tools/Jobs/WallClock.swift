import FoundationEssentials

/// Seconds since 1970, and what the clocks of a zone show then, as if that were UTC.
struct WallClock {
  /// In seconds. Summer time changes by an hour at most, and by two once in Troll, Antarctica.
  static let longestJump = 3 * 3_600

  private let zone: TimeZone

  init(_ zone: TimeZone) { self.zone = zone }

  func wallSecond(at time: Int) -> Int { time + offset(at: time) }

  /// None in a gap, two in a repeated hour, else one; in ascending order.
  func times(ofWallSecond wall: Int) -> [Int] {
    let offsets = Set([offset(at: wall - 86_400), offset(at: wall + 86_400)])
    return offsets.map { wall - $0 }.filter { wallSecond(at: $0) == wall }.sorted()
  }

  /// The moment at which the clocks jump over a wall-clock second.
  func endOfGap(around wall: Int) -> Int {
    var before = wall - 2 * 86_400
    var behind = wall + 2 * 86_400
    while behind - before > 1 {
      let middle = (before + behind) / 2
      if wallSecond(at: middle) > wall { behind = middle } else { before = middle }
    }
    return behind
  }

  private func offset(at time: Int) -> Int {
    zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
  }
}
