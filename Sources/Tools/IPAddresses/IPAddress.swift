package import Glibc

/// An IPv4 or IPv6 address; an IPv4 one is kept as its mapped IPv6 address (`::ffff:a.b.c.d`), so
/// that both spellings are one value.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  private static let mappedPrefix: UInt64 = 0xFFFF_0000_0000
  /// Stands for a peer without an address, on a unix socket.
  package static let unspecified = IPAddress(high: 0, low: 0)

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  package init?(_ text: some StringProtocol) {
    var bytes = (UInt64(0), UInt64(0))
    let text = String(text)
    var four: UInt32 = 0
    if inet_pton(AF_INET, text, &four) == 1 {
      self.init(high: 0, low: IPAddress.mappedPrefix | UInt64(UInt32(bigEndian: four)))
    } else if inet_pton(AF_INET6, text, &bytes) == 1 {
      self.init(high: UInt64(bigEndian: bytes.0), low: UInt64(bigEndian: bytes.1))
    } else {
      return nil
    }
  }

  /// Of a socket; `unspecified` when it is of another family.
  package init(_ address: UnsafePointer<sockaddr>?) {
    switch address.map({ Int32($0.pointee.sa_family) }) {
    case AF_INET:
      let raw = UnsafeRawPointer(address!).load(as: sockaddr_in.self).sin_addr.s_addr
      self.init(high: 0, low: IPAddress.mappedPrefix | UInt64(UInt32(bigEndian: raw)))
    case AF_INET6:
      let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr)!
      let raw = UnsafeRawPointer(address!) + offset
      self.init(
        high: UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
        low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    default: self = .unspecified
    }
  }

  package var description: String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    if isIPv4 {
      var four = UInt32(truncatingIfNeeded: low).bigEndian
      inet_ntop(AF_INET, &four, &buffer, socklen_t(buffer.count))
    } else {
      var bytes = (high.bigEndian, low.bigEndian)
      inet_ntop(AF_INET6, &bytes, &buffer, socklen_t(buffer.count))
    }
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  package var isIPv4: Bool { high == 0 && low >> 32 == IPAddress.mappedPrefix >> 32 }

  var bits: UInt128 { UInt128(high) << 64 | UInt128(low) }

  /// The IPv4 address in the lowest 32 bits.
  init(fourBytes bits: UInt128) {
    self.init(high: 0, low: IPAddress.mappedPrefix | UInt64(UInt32(truncatingIfNeeded: bits)))
  }
}
