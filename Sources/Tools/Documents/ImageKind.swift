/// What a file is by its first bytes, whatever its name or its sender says.
enum ImageKind: Equatable, Sendable {
  case jpeg, png, webP, gif
  case svg
  /// A picture all the same, by the name that people know its kind by.
  case other(String)

  /// Nil for what is not a picture.
  init?(of bytes: [UInt8]) {
    let head = bytes.prefix(16)
    if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if head.starts(with: [0x89] + "PNG\r\n\u{1A}\n".utf8) {
      self = .png
    } else if head.starts(with: "GIF87a".utf8) || head.starts(with: "GIF89a".utf8) {
      self = .gif
    } else if head.starts(with: "RIFF".utf8), head.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webP
    } else if let name = Self.nameOfOther(head) {
      self = .other(name)
    } else if Self.isSVG(bytes) {
      self = .svg
    } else {
      return nil
    }
  }

  private static func nameOfOther(_ head: ArraySlice<UInt8>) -> String? {
    if head.dropFirst(4).starts(with: "ftyp".utf8) {
      switch String(decoding: head.dropFirst(8).prefix(4), as: UTF8.self) {
      case "heic", "heix", "hevc", "hevx", "mif1", "msf1": return "HEIC"
      case "avif", "avis": return "AVIF"
      default: return nil
      }
    }
    let beginnings: [([UInt8], String)] = [
      (Array("II*\0".utf8), "TIFF"), (Array("MM\0*".utf8), "TIFF"), (Array("BM".utf8), "BMP"),
      ([0, 0, 1, 0], "ICO"), ([0xFF, 0x0A], "JPEG XL"), ([0, 0, 0, 12] + "JXL ".utf8, "JPEG XL"),
      (Array("8BPS".utf8), "Photoshop"), (Array("%PDF-".utf8), "PDF"),
    ]
    return beginnings.first { head.starts(with: $0.0) }?.1
  }

  /// Text whose first element but for comments and declarations may well be `svg`. A file that is taken
  /// for one wrongly is refused in any case.
  private static func isSVG(_ bytes: [UInt8]) -> Bool {
    let head = String(decoding: bytes.prefix(4_096), as: UTF8.self)
    guard let first = head.first(where: { !$0.isWhitespace && $0 != "\u{FEFF}" }) else {
      return false
    }
    return first == "<" && head.contains("<svg")
  }
}
