package import FoundationEssentials

/// Our own access tokens: short-lived, and checked without asking the database.
/// One algorithm and one header, compared byte for byte; nothing in a token chooses how it is checked.
/// Source: RFC 7519 and RFC 8725.
package struct JWT: Sendable {
  package enum Refusal: Error, Equatable {
    case tooLarge
    /// Not three parts, not our header, not base64url in its one spelling.
    case malformed
    case wrongSignature
    /// Claims are missing, twice there, of the wrong type, or for somebody else.
    case unusableClaims
    case notYetValid
    case expired
  }

  /// In bytes, looked at before anything is decoded.
  package static let largestToken = 4_096
  /// `{"alg":"HS256","typ":"JWT"}`.
  private static let header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
  /// How far the clocks of our own machines may be apart.
  private static let leewaySeconds = 5

  private let keys: [SecretKey]
  private let issuer: String
  private let audience: String

  /// - Parameters:
  ///   - keys: Made for this purpose alone; the last one signs, each is believed. Not empty.
  ///   - issuer: Who signs, such as `https://shops.example`.
  ///   - audience: For whom, so that a token for one thing does not open another.
  package init(keys: [SecretKey], issuer: String, audience: String) {
    self.keys = keys
    self.issuer = issuer
    self.audience = audience
  }

  /// - Throws: `tooLarge` when no one would accept it, `unusableClaims` for a lifetime of none.
  package func sign(_ claims: Claims) throws(Refusal) -> String {
    guard let key = keys.last, claims.issuedAt < claims.expiresAt else { throw .unusableClaims }
    let payload = JSONClaims.text(of: claims, issuer: issuer, audience: audience)
    let signed = "\(Self.header).\(Base64URL.encode(Array(payload.utf8)))"
    let token = "\(signed).\(Base64URL.encode(HMAC.sha256(of: signed.utf8, key: key)))"
    guard token.utf8.count <= Self.largestToken else { throw .tooLarge }
    return token
  }

  package func verify(_ token: String, at now: Date) throws(Refusal) -> Claims {
    guard token.utf8.count <= Self.largestToken else { throw .tooLarge }
    let parts = token.utf8.split(
      separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].elementsEqual(Self.header.utf8),
      let signature = Base64URL.decode(parts[2])
    else { throw .malformed }
    let signed = token.utf8[parts[0].startIndex..<parts[1].endIndex]
    guard keys.contains(where: { HMAC.isValid(signature, of: signed, key: $0) }) else {
      throw .wrongSignature
    }
    guard let payload = Base64URL.decode(parts[1]) else { throw .malformed }
    let claims = try JSONClaims(payload).claims(issuer: issuer, audience: audience)
    try claims.requireValid(atSecond: Int(now.timeIntervalSince1970), leeway: Self.leewaySeconds)
    return claims
  }
}

extension JWT {
  package struct Claims: Sendable, Equatable {
    /// `sub`: whose token it is.
    package var subject: String
    /// `jti`
    package var id: String
    /// `iat`, `nbf` and `exp`: whole seconds since 1970.
    package var issuedAt: Int
    package var notBefore: Int?
    package var expiresAt: Int
    /// Claims of our own, such as `shop`. A name of the above is not taken.
    package var others: [String: String]

    package init(
      subject: String, id: String, issuedAt: Int, notBefore: Int? = nil, expiresAt: Int,
      others: [String: String] = [:]
    ) {
      self.subject = subject
      self.id = id
      self.issuedAt = issuedAt
      self.notBefore = notBefore
      self.expiresAt = expiresAt
      self.others = others
    }

    fileprivate func requireValid(atSecond now: Int, leeway: Int) throws(Refusal) {
      guard expiresAt > now else { throw .expired }
      // Added to our own time, since a sum with what a token says might not fit.
      guard issuedAt <= now + leeway, notBefore ?? 0 <= now + leeway else { throw .notYetValid }
    }
  }
}
