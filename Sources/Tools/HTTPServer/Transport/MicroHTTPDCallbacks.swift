import CMicroHTTPD

#if canImport(Glibc)
  import Glibc
#endif

/// What the library calls, each on the thread of its daemon.
enum MicroHTTPDCallbacks {
  static let connection: MHD_NotifyConnectionCallback = { context, connection, slot, event in
    guard let context, let connection, let slot else { return }
    if event == .CONNECTION_NOTIFY_STARTED {
      slot.pointee = daemon(context).opened(connection).map {
        Unmanaged.passRetained($0).toOpaque()
      }
    } else if let client = slot.pointee {
      slot.pointee = nil
      daemon(context).closed(Unmanaged<Client>.fromOpaque(client).takeRetainedValue())
    }
  }

  /// The first word of a request. What is returned comes back as the request's own pointer.
  static let target:
    @convention(c) (
      UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?
    ) -> UnsafeMutableRawPointer? = { context, target, connection in
      guard let context, let connection,
        let client = martlet_mhd_socket_context(connection)
      else { return nil }
      let count = target.map(strlen) ?? 0
      let bytes = UnsafeRawBufferPointer(start: target, count: count)
      let exchange = daemon(context).began(
        connection, Unmanaged<Client>.fromOpaque(client).takeUnretainedValue(),
        target: Array(bytes))
      return Unmanaged.passRetained(exchange).toOpaque()
    }

  /// Leaves text as it came: targets are decoded by our own rules.
  static let unescape:
    @convention(c) (
      UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?
    ) -> Int = { _, _, text in text.map { strlen($0) } ?? 0 }

  static let access: MHD_AccessHandlerCallback = {
    context, _, _, method, version, body, bodySize, slot in
    guard let context, let method, let version, let bodySize,
      let pointer = slot?.pointee
    else { return .NO }
    let exchange = Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
    let bytes = UnsafeRawBufferPointer(start: body, count: body == nil ? 0 : bodySize.pointee)
    // All of the body is taken, always.
    bodySize.pointee = 0
    return daemon(context).proceed(exchange, method: method, version: version, body: bytes)
      ? .YES : .NO
  }

  static let field: MHD_KeyValueIteratorN = { builder, _, name, nameSize, value, valueSize in
    guard let builder, let name else { return .NO }
    builder.assumingMemoryBound(to: RequestHeadBuilder.self).pointee.add(
      name: bytes(name, nameSize), value: bytes(value, value == nil ? 0 : valueSize))
    return .YES
  }

  static let completed: MHD_RequestCompletedCallback = { context, _, slot, reason in
    guard let context, let pointer = slot?.pointee else { return }
    slot?.pointee = nil
    daemon(context).completed(
      Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue(),
      isComplete: reason == .REQUEST_TERMINATED_COMPLETED_OK)
  }

  private static func daemon(_ context: UnsafeMutableRawPointer) -> MicroHTTPDDaemon {
    Unmanaged<MicroHTTPDDaemon>.fromOpaque(context).takeUnretainedValue()
  }

  private static func bytes(
    _ start: UnsafePointer<CChar>?, _ count: Int
  ) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      start: UnsafeRawPointer(start)?.assumingMemoryBound(to: UInt8.self), count: count)
  }
}
