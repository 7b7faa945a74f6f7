package import FoundationEssentials
import Glibc
package import HTTPClient
import Secrets

/// Objects in a bucket of S3 or of what speaks its language.
package final class S3Storage: ObjectStorage {
  package struct Settings: Sendable {
    /// Such as `https://s3.eu-central-1.amazonaws.com`, without a slash at its end.
    package let endpoint: String
    package let region: String
    package let bucket: String
    package let accessKey: String
    package let secretKey: String
    /// `endpoint/bucket/key`, which all servers understand, rather than `bucket.endpoint/key`.
    package var usesPathStyle = true

    package init(
      endpoint: String, region: String, bucket: String, accessKey: String, secretKey: String
    ) {
      self.endpoint = endpoint
      self.region = region
      self.bucket = bucket
      self.accessKey = accessKey
      self.secretKey = secretKey
    }
  }

  /// Of objects up to 5 GB, which is also S3's own bound for one request.
  private static let maximumBytes = 5 << 30
  private static let maximumXMLBytes = 4 << 20

  private let place: Place
  private let signer: SignatureV4
  private let client: HTTPClient
  private let now: @Sendable () -> Date

  /// - Throws: `malformed` when the endpoint is none.
  package init(
    _ settings: Settings, client: HTTPClient, now: @escaping @Sendable () -> Date = { Date() }
  ) throws(StorageError) {
    guard let place = Place(settings) else { throw .malformed }
    self.place = place
    self.client = client
    self.now = now
    signer = SignatureV4(
      accessKey: settings.accessKey, secretKey: settings.secretKey, region: settings.region)
  }

  package func put(
    _ content: ObjectContent, type: String, at key: ObjectKey
  ) async throws(StorageError) -> ObjectInfo {
    let (size, hash) = try await onThread { () throws(StorageError) in
      try Self.measure(content)
    }
    guard size <= Self.maximumBytes else { throw .tooLarge }
    let body: HTTPClient.Request.Body =
      switch content {
      case .bytes(let bytes): .bytes(bytes, type: type)
      case .file(let path): .file(path: path, type: type)
      }
    let request = request(
      .put, place.path(of: key), body: body, payloadHash: hash,
      fields: [.init("content-type", type), .init("x-amz-meta-sha256", hash)])
    _ = try await send(request, expecting: [200])
    return ObjectInfo(size: size, type: type, sha256: hash)
  }

  package func get(
    _ key: ObjectKey, maximumBytes: Int
  ) async throws(StorageError) -> (bytes: [UInt8], info: ObjectInfo) {
    var request = request(.get, place.path(of: key))
    request.maximumAnswerBytes = maximumBytes
    let answer = try await send(request, expecting: [200])
    let hash = SHA256.hash(answer.body).hexadecimal
    let info = try info(answer, size: answer.bodySize)
    guard hash == info.sha256 else { throw .corrupted }
    return (answer.body, info)
  }

  package func get(
    _ key: ObjectKey, range: Range<Int>
  ) async throws(StorageError) -> [UInt8] {
    guard range.lowerBound >= 0 else { throw .malformed }
    // HTTP has no word for an empty range.
    guard !range.isEmpty else { return [] }
    let bytes = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
    var request = request(.get, place.path(of: key), fields: [.init("range", bytes)])
    // A server that gives the whole object instead is cut off.
    request.maximumAnswerBytes = max(range.count, Self.maximumErrorBytes)
    let answer = try await send(request, expecting: [206, 416])
    return answer.status == 206 ? answer.body : []
  }

  private static let maximumErrorBytes = 64 << 10

  package func download(
    _ key: ObjectKey, to path: String
  ) async throws(StorageError) -> ObjectInfo {
    var request = request(.get, place.path(of: key))
    request.maximumAnswerBytes = Self.maximumBytes
    // An hour for the largest object; a transfer that stands still ends much sooner.
    request.totalTimeout = .seconds(3_600)
    let answer = try await send(request, expecting: [200], downloadingTo: path)
    return try await onThread { [self] () throws(StorageError) in
      let (size, hash) = try Self.measure(.file(path: path))
      let info = try info(answer, size: size)
      guard hash == info.sha256 else {
        unlink(path)
        throw .corrupted
      }
      return info
    }
  }

  package func head(_ key: ObjectKey) async throws(StorageError) -> ObjectInfo? {
    let answer = try await send(request(.head, place.path(of: key)), expecting: [200, 404])
    guard answer.status == 200 else { return nil }
    guard let size = answer.field("Content-Length").flatMap({ Int($0) }) else { throw .corrupted }
    return try info(answer, size: size)
  }

  package func delete(_ key: ObjectKey) async throws(StorageError) {
    _ = try await send(request(.delete, place.path(of: key)), expecting: [200, 204, 404])
  }

  package func list(
    _ folder: ObjectKey, after: String?, limit: Int
  ) async throws(StorageError) -> ObjectPage {
    var query = [
      SignatureV4.Pair("list-type", "2"), .init("prefix", "\(folder)/"),
      .init("max-keys", String(min(max(limit, 1), 1_000))),
    ]
    if let after { query.append(.init("start-after", after)) }
    var request = request(.get, place.bucketPath, query: query)
    request.maximumAnswerBytes = Self.maximumXMLBytes
    let answer = try await send(request, expecting: [200])
    guard let page = S3XML.page(String(decoding: answer.body, as: UTF8.self)) else {
      throw .corrupted
    }
    return page
  }

  package func signedLink(
    to key: ObjectKey, fileName: String?, validForSeconds: Int
  ) throws(StorageError) -> String {
    guard (1...604_800).contains(validForSeconds) else { throw .malformed }
    let path = place.path(of: key)
    let query = fileName.map {
      [SignatureV4.Pair("response-content-disposition", attachment(named: $0))]
    }
    let signed = signer.signedQuery(
      "GET", host: place.host, path: path, query: query ?? [], validForSeconds: validForSeconds,
      at: now())
    return "\(place.origin)\(path)?\(signed)"
  }

  private func request(
    _ method: HTTPClient.Method, _ path: String, query: [SignatureV4.Pair] = [],
    body: HTTPClient.Request.Body? = nil, payloadHash: String = SHA256.hash([]).hexadecimal,
    fields: [SignatureV4.Pair] = []
  ) -> HTTPClient.Request {
    let time = now()
    let fields =
      fields + [
        .init("x-amz-content-sha256", payloadHash),
        .init("x-amz-date", SignatureV4.timestamp(time)),
      ]
    let authorization = signer.authorization(
      method.rawValue, path: path, query: query, fields: fields + [.init("host", place.host)],
      payloadHash: payloadHash, at: time)
    let sentQuery = query.isEmpty ? "" : "?" + SignatureV4.canonicalQuery(query)
    var request = HTTPClient.Request(method, "\(place.origin)\(path)\(sentQuery)", body: body)
    // The body brings its own type.
    request.fields =
      fields.filter { $0.name != "content-type" }.map { HTTPClient.Field($0.name, $0.value) }
      + [HTTPClient.Field("Authorization", authorization)]
    request.totalTimeout = .seconds(600)
    return request
  }

  private func send(
    _ request: HTTPClient.Request, expecting statuses: Set<Int>, downloadingTo path: String? = nil
  ) async throws(StorageError) -> HTTPClient.Answer {
    let answer: HTTPClient.Answer
    do throws(HTTPClientError) {
      if let path {
        answer = try await client.download(request, to: path)
      } else {
        answer = try await client.send(request)
      }
    } catch {
      throw StorageError(error)
    }
    guard statuses.contains(answer.status) else { throw StorageError(answer) }
    return answer
  }

  private func info(_ answer: HTTPClient.Answer, size: Int) throws(StorageError) -> ObjectInfo {
    // Only what we put ourselves has a checksum; anything else is not ours.
    guard let hash = answer.field("x-amz-meta-sha256") else { throw .corrupted }
    return ObjectInfo(
      size: size, type: answer.field("Content-Type") ?? "application/octet-stream", sha256: hash)
  }

  private static func measure(
    _ content: ObjectContent
  ) throws(StorageError) -> (size: Int, sha256: String) {
    switch content {
    case .bytes(let bytes): return (bytes.count, SHA256.hash(bytes).hexadecimal)
    case .file(let path):
      var hash = SHA256.Stream()
      var size = 0
      try File.open(path, O_RDONLY).eachPiece { piece, _ throws(StorageError) in
        hash.update(piece)
        size += piece.count
      }
      return (size, hash.finish().hexadecimal)
    }
  }
}

/// Where a bucket is.
private struct Place: Sendable {
  /// Scheme, host and port.
  let origin: String
  /// With its port unless that is the scheme's own, as it is sent and signed.
  let host: String
  private let prefix: String

  init?(_ settings: S3Storage.Settings) {
    let parts = settings.endpoint.split(separator: "://", maxSplits: 1)
    guard parts.count == 2, parts[0] == "http" || parts[0] == "https",
      !parts[1].contains(where: { "/?#@".contains($0) }),
      settings.bucket.wholeMatch(of: /[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/) != nil
    else { return nil }
    let ownPort = parts[0] == "https" ? ":443" : ":80"
    let given = parts[1].lowercased()
    let endpoint = given.hasSuffix(ownPort) ? String(given.dropLast(ownPort.count)) : given
    host = settings.usesPathStyle ? endpoint : "\(settings.bucket).\(endpoint)"
    origin = "\(parts[0])://\(host)"
    prefix = settings.usesPathStyle ? "/\(settings.bucket)" : ""
  }

  func path(of key: ObjectKey) -> String {
    "\(prefix)/\(key.description.percentEncoded(keeping: "/"))"
  }

  var bucketPath: String { prefix.isEmpty ? "/" : prefix }
}

extension StorageError {
  fileprivate init(_ error: HTTPClientError) {
    switch error.reason {
    case .answerTooLarge: self = .tooLarge
    case .malformedRequest: self = .malformed
    case .file(let number): self = .disk(call: "open", errno: number)
    case .destinationRefused, .nameNotFound, .notConnected, .tls, .timedOut, .broken, .cancelled,
      .circuitOpen, .tooManyCalls, .other:
      self = .unavailable
    }
  }

  fileprivate init(_ answer: HTTPClient.Answer) {
    let code = S3XML.text(of: "Code", in: String(decoding: answer.body, as: UTF8.self))
    switch (answer.status, code) {
    case (404, "NoSuchKey"), (404, nil): self = .notFound
    case (429, _), (500..., _): self = .unavailable
    case (let status, let code): self = .refused(code: code ?? String(status))
    }
  }
}
