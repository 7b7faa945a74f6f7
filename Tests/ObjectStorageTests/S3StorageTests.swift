import Foundation
import HTTPClient
import NetworkFaults
import Observability
import Testing
import Transfers

@testable import ObjectStorage

@Suite struct `Objects in S3` {
  private let key: ObjectKey

  init() throws { key = try #require(ObjectKey("shops/1/a.txt")) }

  private func storage(
    at endpoint: String, _ configure: (inout S3Storage.Settings) -> Void = { _ in }
  ) throws -> S3Storage {
    var service = HTTPClient.Service("s3")
    service.retries = .never
    var settings = S3Storage.Settings(
      endpoint: endpoint, region: "us-east-1", bucket: "shop-files", accessKey: "AKID",
      secretKey: "secret")
    configure(&settings)
    return try S3Storage(
      settings, client: HTTPClient(service, on: Transfers(), metrics: try Metrics()),
      now: { Date(timeIntervalSince1970: 1_750_000_000) })
  }

  private func storage(_ server: ScriptedServer) throws -> S3Storage {
    try storage(at: "http://127.0.0.1:\(server.port)")
  }

  @Test func `are put with their checksum, type and a signature`() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    let info = try await storage(server).put(
      .bytes(Array("hello".utf8)), type: "text/plain", at: key)
    let request = try #require(server.requests.first)
    #expect(request.line == "PUT /shop-files/shops/1/a.txt HTTP/1.1")
    #expect(request.field("x-amz-meta-sha256") == info.sha256)
    #expect(request.field("x-amz-content-sha256") == info.sha256)
    #expect(request.field("Content-Type") == "text/plain")
    let authorization = try #require(request.field("Authorization"))
    #expect(
      authorization.contains(
        "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-sha256,"))
  }

  @Test func `are refused when they are not what was put`() async throws {
    let server = try ScriptedServer { _ in
      .answer(200, "hullo", fields: "x-amz-meta-sha256: \(String(repeating: "0", count: 64))")
    }
    await #expect(throws: StorageError.corrupted) { try await storage(server).get(key) }
    let path = NSTemporaryDirectory() + "object-storage-tests-" + UUID().uuidString
    await #expect(throws: StorageError.corrupted) {
      try await storage(server).download(key, to: path)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(arguments: [
    (404, "<Error><Code>NoSuchKey</Code></Error>", StorageError.notFound),
    (404, "<Error><Code>NoSuchBucket</Code></Error>", .refused(code: "NoSuchBucket")),
    (403, "<Error><Code>AccessDenied</Code></Error>", .refused(code: "AccessDenied")),
    (403, "", .refused(code: "403")),
    (503, "<Error><Code>SlowDown</Code></Error>", .unavailable),
    (500, "", .unavailable),
    (301, "<Error><Code>PermanentRedirect</Code></Error>", .refused(code: "PermanentRedirect")),
  ])
  func `say why they are not there`(status: Int, body: String, error: StorageError) async throws {
    let server = try ScriptedServer { _ in .answer(status, body) }
    await #expect(throws: error) { try await storage(server).get(key) }
  }

  @Test func `are unavailable where nobody answers`() async throws {
    let server = try ScriptedServer { _ in .reset }
    await #expect(throws: StorageError.unavailable) { try await storage(server).get(key) }
  }

  @Test func `are listed from S3's own words`() throws {
    func content(_ key: String) -> String {
      "<Contents><Key>\(key)</Key><LastModified>2025-06-15T15:06:40.000Z</LastModified>"
        + "<ETag>&quot;x&quot;</ETag><Size>7</Size></Contents>"
    }
    let list = "<ListBucketResult><IsTruncated>true</IsTruncated>"
    let page = try #require(
      S3XML.page(list + content("f/a") + content("f/é &amp; foreign") + "</ListBucketResult>"))
    let entry = try #require(page.entries.first)
    #expect(page.entries.count == 1)
    #expect(entry.key.description == "f/a")
    #expect(entry.size == 7)
    #expect(entry.modifiedAt == Date(timeIntervalSince1970: 1_750_000_000))
    #expect(page.next == "f/é &amp; foreign")
    #expect(S3XML.page("<html>no list</html>") == nil)
    #expect(S3XML.page(list + "<Contents><Key>f/a</Key></Contents>") == nil)
  }

  @Test(arguments: [
    "ftp://127.0.0.1", "127.0.0.1", "https://a/b", "https://a?b", "https://u@a", "",
  ])
  func `are nowhere without an endpoint`(endpoint: String) {
    #expect(throws: StorageError.malformed) { try storage(at: endpoint) }
  }

  @Test func `can be in a host of their bucket's name`() throws {
    let storage = try storage(at: "https://S3.example.com:443") { $0.usesPathStyle = false }
    let link = try storage.signedLink(to: key, fileName: nil, validForSeconds: 300)
    #expect(link.hasPrefix("https://shop-files.s3.example.com/shops/1/a.txt?X-Amz-Algorithm="))
  }
}
