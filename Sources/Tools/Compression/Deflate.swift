import CZlib

/// Compression of what is at hand as a whole, RFC 1951.
package enum Deflate {
  /// What stands around the compressed bytes: a header and a checksum.
  package enum Container: Sendable {
    /// RFC 1950, within PNG.
    case zlib
    /// RFC 1952, within HTTP.
    case gzip

    /// 15 bits of window; 16 more asks zlib for gzip's header and checksum.
    fileprivate var windowBits: Int32 { self == .zlib ? 15 : 15 + 16 }
  }

  private static let level: Int32 = 6
  private static let memoryLevel: Int32 = 8

  /// - Returns: Nil when zlib has no memory.
  package static func compress(_ bytes: UnsafeRawBufferPointer, in container: Container) -> [UInt8]?
  {
    var stream = z_stream()
    guard
      deflateInit2_(
        &stream, level, Z_DEFLATED, container.windowBits, memoryLevel, Z_DEFAULT_STRATEGY,
        ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    let capacity = Int(deflateBound(&stream, uLong(bytes.count)))
    let source = bytes.bindMemory(to: UInt8.self)
    var isDone = false
    let packed = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
      stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      stream.avail_in = uInt(source.count)
      stream.next_out = output.baseAddress
      stream.avail_out = uInt(capacity)
      isDone = deflate(&stream, Z_FINISH) == Z_STREAM_END
      count = capacity - Int(stream.avail_out)
    }
    return isDone ? packed : nil
  }
}

/// The checksum of gzip and of PNG. Source: RFC 1952, section 8.
package enum CRC32 {
  package static func of(_ bytes: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: crc32_z(0, bytes, bytes.count))
  }
}
