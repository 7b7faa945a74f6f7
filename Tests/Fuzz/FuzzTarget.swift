/// One parser and what must hold for it, whatever it is given.
struct FuzzTarget: Sendable {
  let name: String
  /// - Throws: `Broken` when something does not hold.
  let check: @Sendable ([UInt8]) throws -> Void

  static let all = [
    FuzzTarget(name: "form", check: FormProperties.check),
    FuzzTarget(name: "multipart", check: MultipartProperties.check),
    FuzzTarget(name: "cookies", check: CookieProperties.check),
    FuzzTarget(name: "json", check: JSONProperties.check),
    FuzzTarget(name: "host", check: HostProperties.check),
    FuzzTarget(name: "money", check: MoneyProperties.check),
    FuzzTarget(name: "jwt", check: JWTProperties.check),
    FuzzTarget(name: "sealed", check: SealedProperties.check),
    FuzzTarget(name: "ranges", check: RangeProperties.check),
  ]
}

/// What should hold, and does not.
struct Broken: Error, CustomStringConvertible {
  let description: String
}

func require(_ holds: Bool, _ what: @autoclosure () -> String) throws(Broken) {
  guard holds else { throw Broken(description: "not so: \(what())") }
}

extension [UInt8] {
  /// Takes a number from the front; zeros where the input has ended.
  mutating func takeInteger<Number: FixedWidthInteger>(_ type: Number.Type) -> Number {
    let bytes = prefix(MemoryLayout<Number>.size)
    removeFirst(bytes.count)
    return bytes.reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }
}
