import FoundationEssentials

@testable import Secrets

/// Access tokens: none is believed that our key did not sign, byte for byte.
enum JWTProperties {
  private static let now = Date(timeIntervalSince1970: 1_000_000)
  private static let ours = key(1)
  private static let theirs = key(2)
  private static let issuer = "https://shops.example"
  private static let audience = "api"
  private static let tokens = JWT(keys: [ours], issuer: issuer, audience: audience)
  private static let header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

  static func check(_ input: [UInt8]) throws {
    try checkToken(String(decoding: input, as: UTF8.self))
    try checkPayload(input)
    try checkChange(input)
  }

  /// The input as a token.
  private static func checkToken(_ token: String) throws {
    guard let claims = try? tokens.verify(token, at: now) else { return }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    let signed = parts.dropLast().joined(separator: ".")
    try require(token == Self.token(of: signed, by: ours), "a token is believed that we signed")
    try require(claims.expiresAt > 1_000_000, "a token is believed until it expires")
  }

  /// The input as the claims of a token that is signed as it should be.
  private static func checkPayload(_ payload: [UInt8]) throws {
    let signed = "\(header).\(Base64URL.encode(payload))"
    try require(
      (try? tokens.verify(token(of: signed, by: theirs), at: now)) == nil,
      "another's signature opens nothing")
    guard let claims = try? tokens.verify(token(of: signed, by: ours), at: now) else { return }
    try require(String(validating: payload, as: UTF8.self) != nil, "claims are text")
    try require(
      claims.issuedAt <= 1_000_005 && claims.notBefore ?? 0 <= 1_000_005, "claims hold by now")
    guard claims.issuedAt < claims.expiresAt, let again = try? tokens.sign(claims) else { return }
    try require(try tokens.verify(again, at: now) == claims, "claims signed again are the same")
  }

  /// The input as a change of a token of ours: where, and to what.
  private static func checkChange(_ input: [UInt8]) throws {
    guard input.count >= 3 else { return }
    let claims = JWT.Claims(subject: "s", id: "1", issuedAt: 999_999, expiresAt: 1_000_001)
    let token = Array(try tokens.sign(claims).utf8)
    var rest = input
    let start = Int(rest.takeInteger(UInt16.self)) % token.count
    let changed = token[..<start] + rest + token[start...].dropFirst(rest.count)
    guard !changed.elementsEqual(token) else { return }
    try require(
      (try? tokens.verify(String(decoding: changed, as: UTF8.self), at: now)) == nil,
      "a changed token is refused")
  }

  private static func token(of signed: String, by key: SecretKey) -> String {
    "\(signed).\(Base64URL.encode(HMAC.sha256(of: signed.utf8, key: key)))"
  }
}

/// A key that is the same in every run, so that an input does again what it did.
func key(_ number: UInt8) -> SecretKey {
  var bytes = [UInt8](repeating: number, count: SecretKey.byteCount)
  guard let id = KeyID([UInt8](repeating: number, count: KeyID.byteCount)),
    let key = SecretKey(id: id, wiping: &bytes)
  else { fatalError("a key of 32 bytes is a key") }
  return key
}
