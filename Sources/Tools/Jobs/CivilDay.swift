/// A day of the proleptic Gregorian calendar, without time or zone.
/// Source of the arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
struct CivilDay: Equatable {
  /// Since 1970-01-01.
  let number: Int
  let month: Int
  let day: Int

  init(number: Int) {
    self.number = number
    let shifted = number + 719_468
    let era = Self.floored(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    // Counted from March, so that the leap day is the year's last.
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  }

  /// The day in which a second of wall-clock time lies.
  init(ofSecond second: Int) { self.init(number: Self.floored(second, 86_400)) }

  /// 0 is Sunday; 1970-01-01 was a Thursday.
  var weekday: Int { number + 4 - Self.floored(number + 4, 7) * 7 }

  var following: CivilDay { CivilDay(number: number + 1) }

  private static func floored(_ number: Int, _ divisor: Int) -> Int {
    (number >= 0 ? number : number - divisor + 1) / divisor
  }
}
