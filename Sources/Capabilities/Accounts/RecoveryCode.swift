import Secrets

/// A way in without the authenticator, once: ten signs, written in two halves.
struct RecoveryCode: Sendable, Hashable {
  static let perSet = 10
  private static let length = 10
  /// Without the letters that are taken for others. Source: Crockford, Base 32.
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

  private let signs: String

  /// From the system's secure generator: 50 bits.
  static func random() -> RecoveryCode {
    RecoveryCode(signs: String((0..<length).map { _ in alphabet.randomElement()! }))
  }

  static func newSet() -> [RecoveryCode] {
    var codes: Set<RecoveryCode> = []
    while codes.count < perSet { codes.insert(.random()) }
    return Array(codes)
  }

  private init(signs: String) { self.signs = signs }

  /// - Parameter typed: Letters and digits alone.
  init?(_ typed: String) {
    let signs = typed.uppercased().map { sign -> Character in
      switch sign {
      case "O": "0"
      case "I", "L": "1"
      default: sign
      }
    }
    guard signs.count == Self.length, signs.allSatisfy(Self.alphabet.contains) else { return nil }
    self.signs = String(signs)
  }

  /// As it is shown: `XXXXX-XXXXX`.
  var text: String { "\(signs.prefix(5))-\(signs.suffix(5))" }

  /// What is stored. By a key, since whoever has a plain hash could try all that 50 bits can be.
  /// - Parameter key: The account's data key.
  func hash(by key: SecretKey) -> [UInt8] {
    HMAC.sha256(of: signs.utf8, key: key.derived(for: "recovery codes"))
  }
}
