/// The name of an object: segments of letters, digits, dots, hyphens and underscores, joined by
/// slashes. Users' file names are no keys; they go to a signed link.
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  package static let maximumBytes = 512
  package let description: String

  /// - Returns: Nil for anything else, so for empty segments, `.`, `..` and hidden files too.
  package init?(_ text: some StringProtocol) {
    guard (1...Self.maximumBytes).contains(text.utf8.count) else { return nil }
    let segments = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard segments.allSatisfy({ Self.isSegment($0) }) else { return nil }
    description = String(text)
  }

  /// Longer ones do not fit into a file's name together with what the disk adds to it.
  private static func isSegment(_ bytes: some Collection<UInt8>) -> Bool {
    (1...200).contains(bytes.count) && bytes.first != UInt8(ascii: ".")
      && bytes.allSatisfy(isAllowed)
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// By bytes, as S3 orders its lists.
  package static func < (one: ObjectKey, other: ObjectKey) -> Bool {
    one.description.utf8.lexicographicallyPrecedes(other.description.utf8)
  }

  package func isIn(_ folder: ObjectKey) -> Bool {
    description.hasPrefix(folder.description + "/")
  }
}
