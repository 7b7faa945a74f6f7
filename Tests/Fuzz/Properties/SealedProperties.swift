import FoundationEssentials

@testable import Secrets

/// Sealed values and boxes: what is sealed opens as it was, and nothing else opens.
///
/// The first three bytes of an input say which byte is changed and how.
enum SealedProperties {
  private static let sealing = key(1)
  private static let pair = BoxKeyPair(secretKey: key(3))
  private static let row = UUID(uuid: (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
  private static let owner = UUID(uuid: (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))
  private static let place = SealContext(table: "rails", column: "secret", row: row, owner: owner)
  /// Each differs from `place` in one way.
  private static let others = [
    SealContext(table: "rail", column: "ssecret", row: row, owner: owner),
    SealContext(table: "rails", column: "secrets", row: row, owner: owner),
    SealContext(table: "rails", column: "secret", row: owner, owner: owner),
    SealContext(table: "rails", column: "secret", row: row, owner: row),
  ]

  static func check(_ input: [UInt8]) throws {
    var plaintext = input
    let change = Change(&plaintext)
    try checkForged(input)
    try checkValue(plaintext, change)
    try checkBox(plaintext, change)
  }

  /// An input that was never sealed.
  private static func checkForged(_ input: [UInt8]) throws {
    if let value = try? SealedValue(input) {
      try require(value.bytes == input, "a value is its bytes")
      try require(!opens(value, place), "nobody seals without the key")
    }
    try require((try? pair.open(input)) == nil, "nobody boxes by guessing")
  }

  private static func checkValue(_ plaintext: [UInt8], _ change: Change) throws {
    let value = try SealedValue(sealing: plaintext, with: sealing, for: place)
    try require(try value.open(with: sealing, for: place) == plaintext, "a value opens as it was")
    try require(!others.contains { opens(value, $0) }, "a value opens nowhere else")
    for bytes in change.variants(of: value.bytes) {
      guard let changed = try? SealedValue(bytes) else { continue }
      try require(!opens(changed, place), "a changed value does not open")
    }
  }

  private static func checkBox(_ plaintext: [UInt8], _ change: Change) throws {
    let box = try pair.publicKey.seal(plaintext)
    try require(try pair.open(box) == plaintext, "a box opens as it was")
    for bytes in change.variants(of: box) {
      try require((try? pair.open(bytes)) == nil, "a changed box does not open")
    }
  }

  private static func opens(_ value: SealedValue, _ place: SealContext) -> Bool {
    (try? value.open(with: sealing, for: place)) != nil
  }

  /// What an attacker with the bytes might do to them.
  private struct Change {
    private let position: Int
    private let mask: UInt8

    init(_ input: inout [UInt8]) {
      position = Int(input.takeInteger(UInt16.self))
      mask = max(1, input.takeInteger(UInt8.self))
    }

    /// One byte changed, one taken away, one added, the end cut off.
    func variants(of bytes: [UInt8]) -> [[UInt8]] {
      let index = position % bytes.count
      var flipped = bytes
      flipped[index] ^= mask
      return [
        flipped, Array(bytes[..<index] + bytes[(index + 1)...]), bytes + [mask],
        Array(bytes[..<index]),
      ]
    }
  }
}
