import Compression

/// A square PNG of one bit a pixel. Source: the PNG specification, third edition.
enum BlackAndWhitePNG {
  /// - Parameter isBlack: Of a row and a column, from the upper left.
  static func bytes(side: Int, isBlack: (Int, Int) -> Bool) -> [UInt8] {
    let size = bigEndian(UInt32(side))
    // One bit, grey, and the only method there is of compressing, filtering and interlacing.
    let header = size + size + [1, 0, 0, 0, 0]
    return [0x89] + "PNG\r\n\u{1A}\n".utf8 + chunk("IHDR", header)
      + chunk("IDAT", compressed(rows(side: side, isBlack: isBlack))) + chunk("IEND", [])
  }

  private static func rows(side: Int, isBlack: (Int, Int) -> Bool) -> [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity(side * (1 + (side + 7) / 8))
    for row in 0..<side {
      rows.append(0)  // Not filtered.
      for start in stride(from: 0, to: side, by: 8) {
        // A one is white. What lies beyond the side is not looked at.
        rows.append(
          (start..<start + 8).reduce(0) { $0 << 1 | ($1 < side && isBlack(row, $1) ? 0 : 1) })
      }
    }
    return rows
  }

  private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    guard let compressed = bytes.withUnsafeBytes({ Deflate.compress($0, in: .zlib) }) else {
      preconditionFailure("zlib has no memory")
    }
    return compressed
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let covered = Array(name.utf8) + content
    return bigEndian(UInt32(content.count)) + covered + bigEndian(CRC32.of(covered))
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
