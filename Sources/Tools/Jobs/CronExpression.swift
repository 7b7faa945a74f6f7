/// When something recurs, in the five fields of crontab(5): minute, hour, day of month, month, day of
/// week; with lists, ranges, steps, names of months and days, and `@hourly` to `@yearly`.
package struct CronExpression: Sendable, Equatable {
  package struct Refused: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  package let text: String
  let minutes: NumberSet
  let hours: NumberSet
  let days: NumberSet
  let months: NumberSet
  /// 0 is Sunday.
  let weekdays: NumberSet
  /// Where days of the month and of the week are both limited, either will do, as cron has it.
  let eitherDay: Bool

  package init(_ text: String) throws(Refused) {
    let fields = (Self.macros[text] ?? text).split(separator: " ").map(String.init)
    guard fields.count == 5 else {
      throw Refused(description: "\"\(text)\" does not have five fields.")
    }
    self.text = text
    minutes = try Field(name: "minute", range: 0...59).numbers(in: fields[0])
    hours = try Field(name: "hour", range: 0...23).numbers(in: fields[1])
    days = try Field(name: "day of month", range: 1...31).numbers(in: fields[2])
    months = try Field(name: "month", range: 1...12, names: Self.monthNames, firstName: 1)
      .numbers(in: fields[3])
    // 7 is Sunday too.
    let week = try Field(name: "day of week", range: 0...7, names: Self.dayNames, firstName: 0)
      .numbers(in: fields[4])
    weekdays = NumberSet(bits: (week.bits | week.bits >> 7) & 0x7f)
    eitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
  }

  private static let macros = [
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
  ]
  private static let monthNames = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]
  private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  func includes(_ day: CivilDay) -> Bool {
    guard months.contains(day.month) else { return false }
    let isDay = days.contains(day.day)
    let isWeekday = weekdays.contains(day.weekday)
    return eitherDay ? isDay || isWeekday : isDay && isWeekday
  }
}

/// Numbers from 0 to 63.
struct NumberSet: Sendable, Equatable {
  var bits: UInt64 = 0

  func contains(_ number: Int) -> Bool { bits >> UInt64(number) & 1 == 1 }
  mutating func insert(_ number: Int) { bits |= 1 << UInt64(number) }
  /// In ascending order.
  var numbers: [Int] { (0..<64).filter(contains) }
}

/// One of the five fields, and what may stand in it.
private struct Field {
  let name: String
  let range: ClosedRange<Int>
  var names: [String] = []
  var firstName = 0

  func numbers(in text: String) throws(CronExpression.Refused) -> NumberSet {
    var numbers = NumberSet()
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = item.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      guard parts.count <= 2 else { throw refused(text) }
      let span = try range(of: parts[0], hasStep: parts.count == 2, in: text)
      let step = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
      guard (1...range.upperBound).contains(step) else { throw refused(text) }
      for number in stride(from: span.lowerBound, through: span.upperBound, by: step) {
        numbers.insert(number)
      }
    }
    return numbers
  }

  private func range(
    of item: String, hasStep: Bool, in text: String
  ) throws(CronExpression.Refused) -> ClosedRange<Int> {
    if item == "*" { return range }
    let ends = item.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count <= 2, let first = number(ends[0]) else { throw refused(text) }
    // `5/15` means from 5 to the end.
    guard ends.count == 2 else { return first...(hasStep ? range.upperBound : first) }
    guard let last = number(ends[1]), first <= last else { throw refused(text) }
    return first...last
  }

  private func number(_ text: String) -> Int? {
    if let index = names.firstIndex(of: text.lowercased()) { return index + firstName }
    guard text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(text) else { return nil }
    return range.contains(number) ? number : nil
  }

  private func refused(_ text: String) -> CronExpression.Refused {
    CronExpression.Refused(
      description: "\"\(text)\" is no \(name): "
        + "\(range.lowerBound) to \(range.upperBound), with * , - and /.")
  }
}
