import Compression
import Testing

@Suite struct `Compressed bytes` {
  private func compressed(_ bytes: [UInt8], in container: Deflate.Container) throws -> [UInt8] {
    try #require(bytes.withUnsafeBytes { Deflate.compress($0, in: container) })
  }

  /// As by Python's zlib module.
  @Test func `are what others make of them`() throws {
    let bytes = Array("aaaaaaaaaa".utf8)
    #expect(
      try compressed(bytes, in: .zlib)
        == [0x78, 0x9C, 0x4B, 0x4C, 0x84, 0x01, 0x00, 0x14, 0xE1, 0x03, 0xCB])
    #expect(
      try compressed(bytes, in: .gzip) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        + [0x4B, 0x4C, 0x84, 0x01, 0x00] + [0xF0, 0xCD, 0x11, 0x4C] + [10, 0, 0, 0])
    #expect(try compressed([], in: .zlib) == [0x78, 0x9C, 3, 0, 0, 0, 0, 1])
  }

  @Test func `are few where there is nothing new`() throws {
    let bytes = [UInt8](repeating: 7, count: 1_000_000)
    #expect(try compressed(bytes, in: .zlib).count < 1_100)
  }

  /// Source: the check value of CRC-32/ISO-HDLC.
  @Test func `have the checksum of the standard`() {
    #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.of([]) == 0)
  }
}
