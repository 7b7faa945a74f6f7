import FoundationEssentials

/// Just enough of XML for what S3 answers to us: our own keys need no escapes, and everything else
/// that we read is numbers, dates and codes.
enum S3XML {
  /// - Returns: Nil when it is no list.
  static func page(_ xml: String) -> ObjectPage? {
    guard let isTruncated = text(of: "IsTruncated", in: xml) else { return nil }
    var entries: [ObjectPage.Entry] = []
    var last: String?
    for content in elements("Contents", in: xml) {
      guard let name = text(of: "Key", in: content),
        let size = text(of: "Size", in: content).flatMap({ Int($0) }),
        let modified = text(of: "LastModified", in: content).flatMap(date)
      else { return nil }
      last = name
      // What others put into the bucket is not ours to list.
      guard let key = ObjectKey(name) else { continue }
      entries.append(ObjectPage.Entry(key: key, size: size, modifiedAt: modified))
    }
    return ObjectPage(entries: entries, next: isTruncated == "true" ? last : nil)
  }

  static func text(of element: String, in xml: some StringProtocol) -> String? {
    elements(element, in: xml).first
  }

  /// What stands inside each element of that name.
  private static func elements(_ name: String, in xml: some StringProtocol) -> [String] {
    let starts = xml.split(separator: "<\(name)>", omittingEmptySubsequences: false).dropFirst()
    return starts.compactMap { text in
      text.firstRange(of: "</\(name)>").map { String(text[..<$0.lowerBound]) }
    }
  }

  private static func date(_ text: String) -> Date? {
    let whole = try? Date(text, strategy: .iso8601)
    return whole
      ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
  }
}
