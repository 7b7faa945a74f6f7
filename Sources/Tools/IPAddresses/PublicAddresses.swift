extension IPAddress {
  /// Whether the address belongs to a host of the open internet. Private, loopback, link-local,
  /// shared, multicast, documentation and reserved addresses do not, in whatever form they come:
  /// mapped, compatible, NAT64 and 6to4 addresses are judged by the IPv4 address inside.
  package var isPublic: Bool {
    if Self.notPublic.contains(where: { $0.contains(self) }) { return false }
    return embeddedIPv4?.isPublic ?? true
  }

  /// The IPv4 address that a translator or tunnel would send packets to.
  private var embeddedIPv4: IPAddress? {
    if bits >> 32 == Self.nat64Prefix >> 32 { return IPAddress(fourBytes: bits) }
    if bits >> 112 == 0x2002 { return IPAddress(fourBytes: bits >> 80) }
    if bits >> 32 == 0 { return IPAddress(fourBytes: bits) }
    return nil
  }

  private static let nat64Prefix = UInt128(0x0064_FF9B) << 96

  /// Sources: the special-purpose registries of IANA (RFC 6890), and 168.63.129.16, which is Azure's
  /// platform in the midst of public space.
  static let notPublic: [AddressBlock] = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16",
    "::", "::1", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64", "2001::/23",
    "2001:db8::/32", "3fff::/20", "5f00::/16", "64:ff9b:1::/48",
  ].compactMap { AddressBlock($0) }
}
