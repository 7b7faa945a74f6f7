package import FoundationEssentials
package import HTML

/// A time as people say it, "3 hours ago", with the exact one for machines and for whoever points at it.
package enum Moment {
  package static func html(_ moment: Date, now: Date, in zone: TimeZone) -> HTML {
    let exact = moment.formatted(.iso8601)
    return """
      <time datetime="\(exact)" title="\(exact)">\(text: words(moment, now: now, in: zone))</time>
      """
  }

  /// Beyond a week, a date is easier than a number.
  static func words(_ moment: Date, now: Date, in zone: TimeZone) -> Text {
    let minutes = Int(now.timeIntervalSince(moment)) / 60
    return switch minutes {
    case ..<1: "just now"
    case ..<60: "\(count: minutes) minutes ago"
    case ..<1_440: "\(count: minutes / 60) hours ago"
    case ..<10_080: "\(count: minutes / 1_440) days ago"
    default: "\(day: moment, in: zone)"
    }
  }
}
