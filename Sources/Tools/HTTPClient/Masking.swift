/// Makes what was sent and answered fit to be kept: what names itself a secret, and the texts that
/// the request named, are replaced.
struct Masking: Sendable {
  static let mask = "***"
  /// Of a masked body; the rest is cut off.
  static let longestBody = 2_000
  private static let longestRead = 64 * 1_024
  private static let secretWords = [
    "secret", "token", "password", "passwd", "passphrase", "authorization", "auth", "signature",
    "key", "cookie", "card", "cvc", "cvv", "iban", "credential", "session", "mnemonic", "seed",
  ]

  /// Longest first, so that one that holds another is replaced whole.
  private let secrets: [String]

  init(secrets: [String]) {
    self.secrets = secrets.filter { !$0.isEmpty }.sorted { $0.utf8.count > $1.utf8.count }
  }

  func text(_ text: String) -> String {
    secrets.reduce(text) { $0.replacing($1, with: Self.mask) }
  }

  func fields(_ fields: [HTTPClient.Field]) -> [HTTPClient.Field] {
    fields.map { field in
      HTTPClient.Field(
        field.name, Self.isSecret(field.name) ? Self.mask : text(field.value))
    }
  }

  /// JSON and forms with their secret members masked; of anything else only its size is told.
  func body(_ bytes: [UInt8], type: String?) -> String {
    guard !bytes.isEmpty else { return "" }
    let read = bytes.prefix(Self.longestRead)
    let type = type?.lowercased() ?? ""
    let masked: String
    if type.contains("json") {
      masked = Self.maskedJSON(Array(read))
    } else if type.contains("x-www-form-urlencoded") {
      masked = Self.maskedForm(String(decoding: read, as: UTF8.self))
    } else {
      return "\(bytes.count) bytes"
    }
    return String(text(masked).prefix(Self.longestBody))
  }

  static func isSecret(_ name: some StringProtocol) -> Bool {
    let name = name.lowercased()
    return secretWords.contains { name.contains($0) }
  }

  private static func maskedForm(_ form: String) -> String {
    form.split(separator: "&").map { pair in
      let name = pair.prefix { $0 != "=" }
      return isSecret(name) ? "\(name)=\(mask)" : String(pair)
    }.joined(separator: "&")
  }

  private static func maskedJSON(_ bytes: [UInt8]) -> String {
    var reader = JSONScanner(bytes)
    var output: [UInt8] = []
    while let token = reader.next() {
      output += token
      guard token.first == UInt8(ascii: "\""), reader.isColonNext else { continue }
      output += reader.colon()
      if isSecret(String(decoding: token, as: UTF8.self)) {
        reader.skipValue()
        output += Array("\"\(mask)\"".utf8)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}

/// Just enough of JSON to tell names from values, also in a text that was cut off.
private struct JSONScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A string with its quotes, or one byte of anything else.
  mutating func next() -> ArraySlice<UInt8>? {
    guard position < bytes.count else { return nil }
    let start = position
    position = bytes[start] == UInt8(ascii: "\"") ? endOfString(start) : start + 1
    return bytes[start..<position]
  }

  var isColonNext: Bool {
    let after = skippingBlanks(position)
    return after < bytes.count && bytes[after] == UInt8(ascii: ":")
  }

  mutating func colon() -> ArraySlice<UInt8> {
    let start = position
    position = skippingBlanks(skippingBlanks(position) + 1)
    return bytes[start..<position]
  }

  /// A string, a number, a word, or an object or array with all that is in it.
  mutating func skipValue() {
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""): position = endOfString(position)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { return }
        depth -= 1
        position += 1
      case UInt8(ascii: ",") where depth == 0: return
      default: position += 1
      }
    }
  }

  private func skippingBlanks(_ start: Int) -> Int {
    var position = start
    while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    return min(position, bytes.count)
  }

  private func endOfString(_ start: Int) -> Int {
    var position = start + 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\\"): position += 2
      case UInt8(ascii: "\""): return position + 1
      default: position += 1
      }
    }
    return bytes.count
  }
}
