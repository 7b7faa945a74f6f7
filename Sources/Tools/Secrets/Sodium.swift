import CSodium

/// libsodium, made ready once, and the small things that everything here needs of it.
enum Sodium {
  /// Called before any other function of the library.
  static let isReady: Bool = {
    // Fails only where the system gives no randomness, without which nothing may go on.
    precondition(sodium_init() >= 0, "libsodium: sodium_init failed")
    return true
  }()

  static func randomBytes(_ count: Int) -> [UInt8] {
    precondition(isReady)
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
  }
}

extension [UInt8] {
  /// Overwrites the bytes where they are, so that they do not stay in memory that others get.
  mutating func wipe() {
    withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) }
    removeAll()
  }
}

/// Whether both are the same, in a time that says nothing about where they differ.
package func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
  guard one.count == other.count, !one.isEmpty else { return one.count == other.count }
  return sodium_memcmp(one, other, one.count) == 0
}
