import CQREncode
package import HTML

/// A text as a square of dark and light modules that cameras read. Source: ISO/IEC 18004.
package struct QRCode: Sendable, Equatable {
  package enum Refused: Error, Equatable {
    case empty
    /// More than the largest code holds: 2,953 bytes at `low`, 1,273 at `high`; of digits, 7,089.
    case tooLong
    /// Its text has a NUL, which no address or payment link has.
    case holdsNUL
  }

  /// How much of the code may be hidden or dirty: about 7, 15, 25 and 30 percent.
  package enum Level: Sendable, CaseIterable {
    case low, medium, quartile, high
  }

  /// Modules a side, without the quiet zone.
  package let side: Int
  /// Row by row.
  private let dark: [Bool]

  /// Light modules around the code, without which scanners do not find it.
  private static let quietZone = 4
  /// Digits alone at `low`.
  private static let mostCharacters = 7_089

  package init(_ text: String, level: Level = .medium) throws(Refused) {
    guard !text.isEmpty else { throw .empty }
    // The library looks at all of a text, several times, before it finds it too long.
    guard text.utf8.count <= Self.mostCharacters else { throw .tooLong }
    guard !text.utf8.contains(0) else { throw .holdsNUL }
    // Any size; what is not a number or in capitals goes as bytes of UTF-8; case kept.
    guard let code = QRcode_encodeString(text, 0, level.name, QR_MODE_8, 1) else { throw .tooLong }
    defer { QRcode_free(code) }
    side = Int(code.pointee.width)
    // The lowest bit of a module's byte is its colour.
    dark = UnsafeBufferPointer(start: code.pointee.data, count: side * side).map { $0 & 1 == 1 }
  }

  /// Fills what it stands in: sizes are the style sheet's. Light and dark whatever the theme.
  /// - Parameter label: What it is, for those who do not see it.
  package func svg(label: Text) -> HTML {
    let size = side + 2 * Self.quietZone
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size) \(size)" role="img" \
      aria-label="\(text: label)" shape-rendering="crispEdges">\
      <path fill="#fff" d="M0 0h\(size)v\(size)H0z"/><path fill="#000" d="\(path)"/></svg>
      """
  }

  /// Each run of dark modules as a rectangle, row after row.
  private var path: String {
    var path = ""
    for row in 0..<side {
      var column = 0
      while let start = (column..<side).first(where: { isDark(row, $0) }) {
        let end = (start..<side).first { !isDark(row, $0) } ?? side
        path +=
          "M\(start + Self.quietZone) \(row + Self.quietZone)h\(end - start)v1h\(start - end)z"
        column = end
      }
    }
    return path
  }

  /// Black on white.
  /// - Parameter moduleSize: Pixels a module, 1 to 64.
  package func png(moduleSize: Int = 8) -> [UInt8] {
    let moduleSize = min(max(moduleSize, 1), 64)
    return BlackAndWhitePNG.bytes(side: (side + 2 * Self.quietZone) * moduleSize) { row, column in
      isDark(row / moduleSize - Self.quietZone, column / moduleSize - Self.quietZone)
    }
  }

  /// The quiet zone is light.
  private func isDark(_ row: Int, _ column: Int) -> Bool {
    let within = 0..<side
    return within.contains(row) && within.contains(column) && dark[row * side + column]
  }
}

extension QRCode.Level {
  fileprivate var name: QRecLevel {
    switch self {
    case .low: QR_ECLEVEL_L
    case .medium: QR_ECLEVEL_M
    case .quartile: QR_ECLEVEL_Q
    case .high: QR_ECLEVEL_H
    }
  }
}
