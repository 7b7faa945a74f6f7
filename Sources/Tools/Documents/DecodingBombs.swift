/// What makes a small file of few pixels take long all the same, and is seen by its outline.

enum JPEGScans {
  /// A progressive picture has about ten. Each goes over all pixels, and takes a hundred bytes.
  private static let most = 100

  /// Counts what begins a scan. It cannot occur within one, where 0xFF is always followed by 0 or by
  /// a restart; pictures within the metadata count, which are few.
  static func areTooMany(in bytes: [UInt8]) -> Bool {
    var count = 0
    var isMarker = false
    for byte in bytes {
      if isMarker, byte == 0xDA { count += 1 }
      isMarker = byte == 0xFF
    }
    return count > most
  }
}

/// Source: the PNG specification, third edition, section 5.
enum PNGChunks {
  /// Besides those that no picture is without: transparency, colours, and which way is up.
  private static let needed: Set = ["tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "eXIf"]

  /// The file without chunks that no pixel needs: a thousand compressed texts of eight megabytes each
  /// are all unpacked by a decoder. What is no chunk ends the file.
  static func withoutText(_ bytes: [UInt8]) -> [UInt8] {
    let signature = 8
    var kept = Array(bytes.prefix(signature))
    var start = signature
    // Length, name, content, checksum.
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let end = min(start + 12 + length, bytes.count)
      if isNeeded(bytes[start + 4..<start + 8]) { kept += bytes[start..<end] }
      start = end
    }
    return kept
  }

  /// A capital begins the name of a chunk that decoders must understand.
  private static func isNeeded(_ name: ArraySlice<UInt8>) -> Bool {
    (name.first ?? 0) & 0x20 == 0 || needed.contains(String(decoding: name, as: UTF8.self))
  }
}
