/// A block of addresses such as `10.0.0.0/8`; a bare address is a block of one.
package struct AddressBlock: Sendable, Hashable {
  private let prefix: UInt128
  private let mask: UInt128

  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(parts[0]) else { return nil }
    let width = address.isIPv4 ? 32 : 128
    var length = width
    if parts.count == 2 {
      guard let given = parts[1].wholeMatch(of: /[0-9]{1,3}/), let number = Int(given.output),
        number <= width
      else { return nil }
      length = number
    }
    let free = width - length
    mask = free == 128 ? 0 : ~UInt128(0) << UInt128(free)
    prefix = address.bits & mask
  }

  package func contains(_ address: IPAddress) -> Bool { address.bits & mask == prefix }
}
