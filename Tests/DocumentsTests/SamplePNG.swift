import Compression
import TestSupport

/// Pictures made by hand, so that they can lie about themselves.
enum SamplePNG {
  static let signature: [UInt8] = [0x89] + "PNG\r\n\u{1A}\n".utf8

  /// Colours that compress badly, 8 bits each.
  static func noise(width: Int, height: Int) -> [UInt8] {
    var random = SeededGenerator(seed: 7)
    var rows: [UInt8] = []
    for _ in 0..<height {
      rows.append(0)
      for _ in 0..<3 * width { rows.append(UInt8.random(in: 0...255, using: &random)) }
    }
    return file(width: width, height: height, rows: compressed(rows))
  }

  /// - Parameters:
  ///   - rows: Compressed; of fewer pixels than the header promises, perhaps.
  ///   - more: Chunks before the pixels.
  static func file(width: Int, height: Int, rows: [UInt8], more: [UInt8] = []) -> [UInt8] {
    let header = bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0]
    return signature + chunk("IHDR", header) + more + chunk("IDAT", rows) + chunk("IEND", [])
  }

  /// A picture of one colour. Compressed to a thousandth, as bombs are.
  static func black(width: Int, height: Int) -> [UInt8] {
    let rows = [UInt8](repeating: 0, count: (1 + 3 * width) * height)
    return file(width: width, height: height, rows: compressed(rows))
  }

  static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let covered = Array(name.utf8) + content
    return bigEndian(content.count) + covered + bigEndian(Int(CRC32.of(covered)))
  }

  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { Deflate.compress($0, in: .zlib) }!
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(number).bigEndian) { Array($0) }
  }
}
