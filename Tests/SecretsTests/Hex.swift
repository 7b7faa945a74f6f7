@testable import Secrets

extension [UInt8] {
  /// Of hexadecimal digits, as the standards print their vectors.
  init(hex: String) {
    let digits = hex.compactMap(\.hexDigitValue).map(UInt8.init)
    self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

extension SecretKey {
  /// The bytes 0, 1, 2, … under a name that is told apart at a glance.
  static func counting(id: String = "a0a1a2a3a4a5a6a7", from first: UInt8 = 0) -> SecretKey {
    var bytes = (first..<first + 32).map { $0 }
    return SecretKey(id: KeyID(id)!, wiping: &bytes)!
  }
}
