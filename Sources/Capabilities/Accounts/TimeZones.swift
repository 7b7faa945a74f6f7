import FoundationEssentials
import FoundationInternationalization

/// The names of IANA's time zones that a profile may have, such as `Africa/Nairobi`.
package enum TimeZones {
  /// By region and city; abbreviations and offsets name no place and know no summer time.
  package static let names =
    ["UTC"] + TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") }.sorted()

  /// Of a stored name; UTC where the machine does not know it.
  static func named(_ name: String) -> TimeZone { TimeZone(identifier: name) ?? .gmt }
}
