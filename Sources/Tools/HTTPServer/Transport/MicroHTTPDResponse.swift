import CMicroHTTPD

#if canImport(Glibc)
  import Glibc
#endif

/// Our answers as the library's.
enum MicroHTTPDResponse {
  /// - Returns: Nil when there is no memory or descriptor for it.
  static func make(
    _ response: Response, for exchange: Exchange, by daemon: MicroHTTPDDaemon
  ) -> OpaquePointer? {
    let made =
      switch response.body {
      case .none: MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
      case .bytes(let bytes): shared(bytes)
      case .file(let file): part(of: file, 0..<file.count)
      case .filePart(let file, let range): part(of: file, range)
      case .stream(let stream): streamed(stream, exchange, daemon)
      }
    guard let made else { return nil }
    response.headers.visit { name, value in
      UnsafeRawPointer(name.baseAddress!).withMemoryRebound(to: CChar.self, capacity: name.count) {
        name in
        let value = UnsafeRawPointer(value.baseAddress!).assumingMemoryBound(to: CChar.self)
        _ = MHD_add_response_header(made, name, value)
      }
    }
    return made
  }

  /// Sent from where the bytes lie; the library lets go of them when it is done.
  private static func shared(_ bytes: ResponseBytes) -> OpaquePointer? {
    guard bytes.count > 0 else {
      return MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
    }
    let owner = Unmanaged.passRetained(bytes)
    let made = MHD_create_response_from_buffer_with_free_callback_cls(
      bytes.count, UnsafeMutableRawPointer(mutating: bytes.buffer.baseAddress),
      { owner in Unmanaged<ResponseBytes>.fromOpaque(owner!).release() }, owner.toOpaque())
    if made == nil { owner.release() }
    return made
  }

  /// The library closes the descriptor, so it gets one of its own.
  private static func part(of file: OpenFile, _ range: Range<Int>) -> OpaquePointer? {
    guard let descriptor = file.duplicate() else { return nil }
    let made = MHD_create_response_from_fd_at_offset64(
      UInt64(range.count), descriptor, UInt64(range.lowerBound))
    if made == nil { close(descriptor) }
    return made
  }

  private final class Reading {
    let stream: ResponseStream
    let exchange: Exchange
    let daemon: MicroHTTPDDaemon

    init(_ stream: ResponseStream, _ exchange: Exchange, _ daemon: MicroHTTPDDaemon) {
      self.stream = stream
      self.exchange = exchange
      self.daemon = daemon
    }
  }

  private static func streamed(
    _ stream: ResponseStream, _ exchange: Exchange, _ daemon: MicroHTTPDDaemon
  ) -> OpaquePointer? {
    /// Only used for HTTP/1.0 clients; others are written to directly.
    let blockSize = 4096
    let owner = Unmanaged.passRetained(Reading(stream, exchange, daemon))
    let made = MHD_create_response_from_callback(
      martlet_mhd_size_unknown, blockSize,
      { owner, _, buffer, size in
        let reading = Unmanaged<Reading>.fromOpaque(owner!).takeUnretainedValue()
        return reading.daemon.read(
          reading.stream, for: reading.exchange,
          into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
      }, owner.toOpaque(), { owner in Unmanaged<Reading>.fromOpaque(owner!).release() })
    guard let made else {
      owner.release()
      return nil
    }
    if exchange.request?.method != .head { daemon.startStream(stream, for: exchange) }
    return made
  }
}
