import FoundationEssentials
import TestSupport
import Testing

@testable import Secrets

@Suite struct `An access token` {
  private static let key = SecretKey.counting()
  private let tokens = JWT(keys: [key], issuer: "https://shops.example", audience: "api")
  private let claims = JWT.Claims(
    subject: "amina", id: "1", issuedAt: 1_000, expiresAt: 1_900, others: ["shop": "nila"])
  private func second(_ second: Int) -> Date { Date(timeIntervalSince1970: Double(second)) }

  /// Signs whatever it is given, as only we can.
  private func token(
    header: String = #"{"alg":"HS256","typ":"JWT"}"#, _ payload: String, key: SecretKey = key
  ) -> String {
    token(header: header, Array(payload.utf8), key: key)
  }

  private func token(header: String, _ payload: [UInt8], key: SecretKey = key) -> String {
    let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(payload)
    return signed + "." + Base64URL.encode(HMAC.sha256(of: signed.utf8, key: key))
  }

  private let usual = #""iss":"https://shops.example","aud":"api","sub":"amina","jti":"1""#

  @Test func `says what was signed`() throws {
    let token = try tokens.sign(claims)
    #expect(token.hasPrefix("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."))
    #expect(try tokens.verify(token, at: second(1_000)) == claims)
    var odd = claims
    odd.subject = "آمنه \"\\/\u{1}\u{2028}😀"
    odd.notBefore = 1_100
    #expect(try tokens.verify(tokens.sign(odd), at: second(1_200)) == odd)
  }

  @Test func `was made elsewhere and is believed here`() throws {
    // Made with PyJWT.
    let token = """
      eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL3Nob3BzLmV4YW1wbGUiLCJhdWQiOiJhcGki\
      LCJzdWIiOiJhbWluYSIsImp0aSI6IjEiLCJpYXQiOjEwMDAsImV4cCI6MTkwMCwic2hvcCI6Im5pbGEifQ.uxBF7cpi_TL\
      NYNlcBoA-RpHn-I19DGPKHaFM-gGZaZw
      """
    #expect(try tokens.verify(token, at: second(1_500)) == claims)
  }

  @Test(arguments: [
    #"{"alg":"none","typ":"JWT"}"#, #"{"alg":"None"}"#, #"{"alg":"HS512","typ":"JWT"}"#,
    #"{"alg":"RS256","typ":"JWT"}"#, #"{"typ":"JWT","alg":"HS256"}"#, #"{"alg":"HS256"}"#,
    #"{"alg": "HS256","typ":"JWT"}"#, #"{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}"#,
    #"{"alg":"HS256","typ":"JWT","jku":"https://evil.example"}"#, #"{"alg":"hs256","typ":"JWT"}"#,
    #"{"alg":"none","alg":"HS256","typ":"JWT"}"#, "{}", "",
  ])
  func `is refused under any header but ours, rightly signed or not`(header: String) {
    let payload = "{\(usual),\"iat\":1000,\"exp\":1900}"
    #expect(throws: JWT.Refusal.malformed) {
      try tokens.verify(token(header: header, payload), at: second(1_500))
    }
  }

  @Test func `is refused without a signature, or with another's`() throws {
    let token = try tokens.sign(claims)
    let unsigned = token.prefix(through: token.lastIndex(of: ".")!)
    #expect(throws: JWT.Refusal.wrongSignature) {
      try tokens.verify(String(unsigned), at: second(1_500))
    }
    let other = JWT(keys: [.counting(from: 1)], issuer: "https://shops.example", audience: "api")
    #expect(throws: JWT.Refusal.wrongSignature) {
      try tokens.verify(other.sign(claims), at: second(1_500))
    }
    for index in token.indices where token[index] != "." {
      var changed = token
      changed.replaceSubrange(index...index, with: token[index] == "A" ? "B" : "A")
      #expect(throws: JWT.Refusal.self) { try tokens.verify(changed, at: second(1_500)) }
    }
  }

  @Test(arguments: ["", ".", "..", "...", "a.b.c", "a.b.c.d", "\u{0}", "é.é.é"])
  func `is refused when it is none`(text: String) {
    #expect(throws: JWT.Refusal.malformed) { try tokens.verify(text, at: second(1_500)) }
  }

  @Test func `is refused in another spelling of base64url`() throws {
    let token = try tokens.sign(claims)
    // The last of 43 characters carries four bits: the two below them must be zero.
    let last = try #require(token.last)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let next = alphabet[try #require(alphabet.firstIndex(of: last)) + 1]
    for spelling in [token + "=", token + "\n", " " + token, token.dropLast() + String(next)] {
      #expect(throws: JWT.Refusal.malformed) { try tokens.verify(spelling, at: second(1_500)) }
    }
  }

  @Test func `has a largest size, both ways`() {
    var large = claims
    large.others["note"] = String(repeating: "x", count: 4_096)
    #expect(throws: JWT.Refusal.tooLarge) { try tokens.sign(large) }
    #expect(throws: JWT.Refusal.tooLarge) {
      try tokens.verify(String(repeating: "e", count: 10_000_000), at: second(1_500))
    }
  }

  @Test func `holds from its first to its last second`() throws {
    var later = claims
    later.notBefore = 1_100
    let token = try tokens.sign(later)
    #expect(throws: JWT.Refusal.notYetValid) { try tokens.verify(token, at: second(1_094)) }
    #expect(try tokens.verify(token, at: second(1_095)) == later)
    #expect(try tokens.verify(token, at: second(1_899)) == later)
    #expect(throws: JWT.Refusal.expired) { try tokens.verify(token, at: second(1_900)) }
    #expect(throws: JWT.Refusal.notYetValid) {
      try tokens.verify(tokens.sign(claims), at: second(994))
    }
    var never = claims
    never.expiresAt = 1_000
    #expect(throws: JWT.Refusal.unusableClaims) { try tokens.sign(never) }
  }

  @Test func `is for one issuer and one audience`() throws {
    let token = try tokens.sign(claims)
    for (issuer, audience) in [("https://shops.example", "admin"), ("https://evil.example", "api")]
    {
      let others = JWT(keys: [Self.key], issuer: issuer, audience: audience)
      #expect(throws: JWT.Refusal.unusableClaims) { try others.verify(token, at: second(1_500)) }
    }
  }

  @Test func `is signed with the last key and believed under each`() throws {
    let new = SecretKey.counting(from: 1)
    let both = JWT(keys: [Self.key, new], issuer: "https://shops.example", audience: "api")
    #expect(try both.verify(tokens.sign(claims), at: second(1_500)) == claims)
    let only = JWT(keys: [new], issuer: "https://shops.example", audience: "api")
    #expect(try only.verify(both.sign(claims), at: second(1_500)) == claims)
    #expect(throws: JWT.Refusal.wrongSignature) {
      try tokens.verify(both.sign(claims), at: second(1_500))
    }
  }

  @Test(arguments: [
    #""iat":1000,"exp":1900,"exp":9900"#, #""iat":1000,"exp":1900,"sub":"root""#,
    #""iat":1000,"exp":1900,"shop":"a","shop":"b""#, #""iat":1000,"exp":1900,"\u0073ub":"root""#,
    #""iat":1000"#, #""exp":1900"#, #""iat":1000,"exp":"1900""#, #""iat":1000,"exp":1900.5"#,
    #""iat":1000,"exp":1e9"#, #""iat":1000,"exp":-1"#, #""iat":1000,"exp":01900"#,
    #""iat":1000,"exp":99999999999999999999"#, #""iat":1000,"exp":null"#, #""iat":1000,"exp":true"#,
    #""iat":1000,"exp":1900,"roles":["owner"]"#, #""iat":1000,"exp":1900,"shop":{}"#,
    #""iat":1000,"exp":1900,"level":7"#, #""iat":1000,"exp":1900,"nbf":"0""#,
    #""iat":1000,"exp":1900,"shop":"\ud800""#, #""iat":1000,"exp":1900,"shop":"\x""#,
    #""iat":1000,"exp":1900,"#, #""iat":1000 "exp":1900"#, #""iat":1000,"exp":1900}{"#,
  ])
  func `is refused with claims that can be read in two ways, or in none`(rest: String) {
    #expect(throws: JWT.Refusal.unusableClaims) {
      try tokens.verify(token("{\(usual),\(rest)}"), at: second(1_500))
    }
  }

  @Test(arguments: ["", "{", "[]", "null", #"{"a"}"#, #"{"a":"b"#])
  func `is refused without claims`(payload: String) {
    #expect(throws: JWT.Refusal.unusableClaims) {
      try tokens.verify(token(payload), at: second(1_500))
    }
  }

  @Test func `is refused with bytes that are no text`() {
    let bytes =
      Array("{\(usual),\"iat\":1000,\"exp\":1900,\"shop\":\"".utf8) + [0xFF] + Array("\"}".utf8)
    #expect(throws: JWT.Refusal.unusableClaims) {
      try tokens.verify(token(header: #"{"alg":"HS256","typ":"JWT"}"#, bytes), at: second(1_500))
    }
  }

  @Test func `does not stop the process at the edge of integers`() {
    let edge = "{\(usual),\"iat\":0,\"exp\":\(Int.max),\"nbf\":\(Int.max)}"
    #expect(throws: JWT.Refusal.notYetValid) { try tokens.verify(token(edge), at: second(1_500)) }
  }

  @Test func `is refused, and stops nothing, when signed noise is in it`() {
    var random = SeededGenerator(seed: 2)
    let alphabet = Array(#"{}[]":,\u0a1e-. tn"#.utf8) + [0xC3, 0xA9, 0xFF, 0]
    for _ in 0..<20_000 {
      let noise = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        alphabet.randomElement(using: &random)!
      }
      #expect(throws: JWT.Refusal.self) {
        try tokens.verify(token(header: #"{"alg":"HS256","typ":"JWT"}"#, noise), at: second(1_500))
      }
    }
  }
}
