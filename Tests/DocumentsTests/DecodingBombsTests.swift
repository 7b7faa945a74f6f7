import Testing

@testable import Documents

@Suite struct `A picture that takes long to read` {
  @Test func `leaves its texts behind`() {
    let text = SamplePNG.chunk("zTXt", Array("a\0\0".utf8) + [1, 2, 3])
    let gamma = SamplePNG.chunk("gAMA", [0, 0, 177, 143])
    let rows = SamplePNG.compressed([0, 1, 2, 3])
    let bomb = SamplePNG.file(
      width: 1, height: 1, rows: rows,
      more: text + gamma + text + SamplePNG.chunk("iTXt", [1]) + SamplePNG.chunk("tEXt", [1]))
    #expect(
      PNGChunks.withoutText(bomb)
        == SamplePNG.file(width: 1, height: 1, rows: rows, more: gamma))
  }

  @Test func `keeps what is cut short as it is, for the decoder to refuse`() {
    let whole = SamplePNG.black(width: 3, height: 3)
    for length in 0...whole.count {
      let kept = PNGChunks.withoutText(Array(whole.prefix(length)))
      #expect(whole.starts(with: kept) && kept.count <= length, "\(length) bytes")
    }
    let lying = SamplePNG.signature + [255, 255, 255, 255] + "IDAT".utf8 + [1, 2, 3, 4]
    #expect(PNGChunks.withoutText(lying) == lying)
  }

  @Test func `has a hundred scans at most`() {
    // A scan's marker, its header, and data in which 0xFF is followed by 0.
    let scan: [UInt8] = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0xFF, 0, 0xDA, 0xDA]
    let hundred = [0xFF, 0xD8] + Array(repeating: scan, count: 100).flatMap(\.self)
    #expect(!JPEGScans.areTooMany(in: hundred))
    #expect(JPEGScans.areTooMany(in: hundred + scan))
    #expect(!JPEGScans.areTooMany(in: []))
  }
}
