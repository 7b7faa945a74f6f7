import FoundationEssentials
import Secrets

/// Signs requests to S3. Source: AWS Signature Version 4, for the service `s3`, where the path is
/// encoded once and not normalised.
struct SignatureV4: Sendable {
  struct Pair: Sendable, Equatable {
    let name: String
    let value: String
    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  let accessKey: String
  let secretKey: String
  let region: String

  /// - Parameters:
  ///   - path: As it is sent, encoded.
  ///   - fields: All that shall be signed, `host` and `x-amz-date` among them.
  ///   - payloadHash: The value of `x-amz-content-sha256`.
  /// - Returns: The value of `Authorization`.
  func authorization(
    _ method: String, path: String, query: [Pair], fields: [Pair], payloadHash: String,
    at time: Date
  ) -> String {
    let fields = Self.canonical(fields)
    let request = Self.canonicalRequest(method, path, query, fields, payloadHash)
    let names = fields.map(\.name).joined(separator: ";")
    return "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope(time)), "
      + "SignedHeaders=\(names), Signature=\(signature(of: request, at: time))"
  }

  /// - Parameter seconds: 1 to 604800.
  /// - Returns: The query of a link that does the same for whoever has it.
  func signedQuery(
    _ method: String, host: String, path: String, query: [Pair], validForSeconds seconds: Int,
    at time: Date
  ) -> String {
    var query = query
    query += [
      Pair("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
      Pair("X-Amz-Credential", "\(accessKey)/\(scope(time))"),
      Pair("X-Amz-Date", Self.timestamp(time)), Pair("X-Amz-Expires", String(seconds)),
      Pair("X-Amz-SignedHeaders", "host"),
    ]
    let request = Self.canonicalRequest(
      method, path, query, [Pair("host", host)], "UNSIGNED-PAYLOAD")
    return Self.canonicalQuery(query) + "&X-Amz-Signature=\(signature(of: request, at: time))"
  }

  static func canonicalRequest(
    _ method: String, _ path: String, _ query: [Pair], _ fields: [Pair], _ payloadHash: String
  ) -> String {
    let lines = fields.map { "\($0.name):\($0.value)\n" }.joined()
    let names = fields.map(\.name).joined(separator: ";")
    return [method, path, canonicalQuery(query), lines, names, payloadHash]
      .joined(separator: "\n")
  }

  /// Also the query as it is sent.
  static func canonicalQuery(_ query: [Pair]) -> String {
    let encoded: [Pair] = query.map { Pair($0.name.percentEncoded(), $0.value.percentEncoded()) }
    let sorted: [Pair] = encoded.sorted { one, other in
      one.name == other.name ? one.value < other.value : one.name < other.name
    }
    return sorted.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
  }

  private static func canonical(_ fields: [Pair]) -> [Pair] {
    let trimmed: [Pair] = fields.map { field in
      let words = field.value.split { $0 == " " || $0 == "\t" }
      return Pair(field.name.lowercased(), words.joined(separator: " "))
    }
    return trimmed.sorted { $0.name < $1.name }
  }

  /// `20130524T000000Z`
  static func timestamp(_ time: Date) -> String {
    time.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
  }

  private static func day(_ time: Date) -> String { String(timestamp(time).prefix(8)) }

  private func scope(_ time: Date) -> String { "\(Self.day(time))/\(region)/s3/aws4_request" }

  func signingKey(at time: Date) -> [UInt8] {
    var key = Array("AWS4\(secretKey)".utf8)
    for part in [Self.day(time), region, "s3", "aws4_request"] {
      key = HMAC.sha256(of: part.utf8, key: key)
    }
    return key
  }

  private func signature(of canonicalRequest: String, at time: Date) -> String {
    let hash = SHA256.hash(canonicalRequest.utf8).hexadecimal
    let text = "AWS4-HMAC-SHA256\n\(Self.timestamp(time))\n\(scope(time))\n\(hash)"
    return HMAC.sha256(of: text.utf8, key: signingKey(at: time)).hexadecimal
  }
}
