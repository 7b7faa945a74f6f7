/// The flat JSON object in a token: names, texts and whole numbers, each name once.
struct JSONClaims {
  enum Value: Equatable {
    case text(String)
    case number(Int)
  }

  private var values: [String: Value] = [:]

  init(_ json: [UInt8]) throws(JWT.Refusal) {
    // Repaired text would not be the text that was signed.
    guard let text = String(validating: json, as: UTF8.self) else { throw .unusableClaims }
    var reader = ClaimsReader(text)
    values = try reader.object()
  }

  func claims(issuer: String, audience: String) throws(JWT.Refusal) -> JWT.Claims {
    var rest = values
    guard rest.removeValue(forKey: "iss") == .text(issuer),
      rest.removeValue(forKey: "aud") == .text(audience),
      case .text(let subject) = rest.removeValue(forKey: "sub"),
      case .text(let id) = rest.removeValue(forKey: "jti"),
      case .number(let issuedAt) = rest.removeValue(forKey: "iat"),
      case .number(let expiresAt) = rest.removeValue(forKey: "exp")
    else { throw .unusableClaims }
    var claims = JWT.Claims(subject: subject, id: id, issuedAt: issuedAt, expiresAt: expiresAt)
    switch rest.removeValue(forKey: "nbf") {
    case nil: break
    case .number(let second): claims.notBefore = second
    case .text: throw .unusableClaims
    }
    for (name, value) in rest {
      guard case .text(let text) = value else { throw .unusableClaims }
      claims.others[name] = text
    }
    return claims
  }

  static func text(of claims: JWT.Claims, issuer: String, audience: String) -> String {
    var members = claims.others.sorted { $0.key < $1.key }
      .filter { !reserved.contains($0.key) }
      .map { "\(quoted($0.key)):\(quoted($0.value))" }
    members += [
      "\"iss\":\(quoted(issuer))", "\"aud\":\(quoted(audience))",
      "\"sub\":\(quoted(claims.subject))", "\"jti\":\(quoted(claims.id))",
      "\"iat\":\(claims.issuedAt)", "\"exp\":\(claims.expiresAt)",
    ]
    if let second = claims.notBefore { members.append("\"nbf\":\(second)") }
    return "{\(members.joined(separator: ","))}"
  }

  private static let reserved: Set<String> = ["iss", "aud", "sub", "jti", "iat", "nbf", "exp"]

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

/// Reads JSON from the front. Whatever it does not know is refused.
private struct ClaimsReader {
  private var rest: Substring.UnicodeScalarView

  init(_ text: String) { rest = Substring(text).unicodeScalars }

  mutating func object() throws(JWT.Refusal) -> [String: JSONClaims.Value] {
    var members: [String: JSONClaims.Value] = [:]
    try take("{")
    if !skip("}") {
      repeat {
        let name = try text()
        try take(":")
        guard members.updateValue(try value(), forKey: name) == nil else {
          throw .unusableClaims
        }
      } while skip(",")
      try take("}")
    }
    skipBlanks()
    guard rest.isEmpty else { throw .unusableClaims }
    return members
  }

  private mutating func value() throws(JWT.Refusal) -> JSONClaims.Value {
    skipBlanks()
    if rest.first == "\"" { return .text(try text()) }
    let digits = rest.prefix { "0"..."9" ~= $0 }
    rest = rest[digits.endIndex...]
    // Whole, not negative, without needless zeros: all that a moment can be.
    guard let number = Int(String(digits)), digits.count == 1 || digits.first != "0" else {
      throw .unusableClaims
    }
    return .number(number)
  }

  private mutating func text() throws(JWT.Refusal) -> String {
    try take("\"")
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"": return String(text)
      case "\\": text.append(try escaped())
      case "\u{0}"..<" ": throw .unusableClaims
      default: text.append(scalar)
      }
    }
    throw .unusableClaims
  }

  private mutating func escaped() throws(JWT.Refusal) -> Unicode.Scalar {
    switch rest.popFirst() {
    case "\"": return "\""
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      let digits = rest.prefix(4)
      rest = rest.dropFirst(4)
      // Half of a pair is no scalar: we write such characters as themselves.
      guard digits.count == 4, digits.allSatisfy(\.properties.isASCIIHexDigit),
        let value = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(value)
      else { throw .unusableClaims }
      return scalar
    default: throw .unusableClaims
    }
  }

  private mutating func take(_ wanted: Unicode.Scalar) throws(JWT.Refusal) {
    guard skip(wanted) else { throw .unusableClaims }
  }

  private mutating func skip(_ wanted: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard rest.first == wanted else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" }
  }
}
