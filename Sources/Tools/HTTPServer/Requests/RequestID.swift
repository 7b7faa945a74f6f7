import Synchronization

/// Names for requests that brought none: 32 hexadecimal digits, unlike any other process's.
enum RequestID {
  /// Drawn once a process; asking the kernel for every request would cost more than routing it.
  private static let process = UInt64.random(in: .min ... .max)
  private static let start = UInt64.random(in: .min ... .max)
  private static let counter = Atomic<UInt64>(0)

  static func append(to bytes: inout [UInt8]) {
    let number = counter.add(1, ordering: .relaxed).newValue
    append(process, to: &bytes)
    append(scrambled(start &+ number), to: &bytes)
  }

  private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 60, through: 0, by: -4) {
      bytes.append(ASCII.hexDigits[Int(truncatingIfNeeded: word >> UInt64(shift)) & 0xF])
    }
  }

  /// The finalizer of SplitMix64: one to one, so two numbers never meet.
  private static func scrambled(_ number: UInt64) -> UInt64 {
    var word = number &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
