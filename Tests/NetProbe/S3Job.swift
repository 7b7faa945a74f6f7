import Foundation
import HTTPClient
import ObjectStorage
import Observability
import Transfers

/// One step after another on a bucket.
struct S3Job: Decodable, Sendable {
  struct Step: Decodable, Sendable {
    let action: String
    let key: String
    var text: String?
    var path: String?
    var type: String?
    var from: Int?
    var to: Int?
    var after: String?
    var limit: Int?
    var fileName: String?
    var seconds: Int?
  }
  struct Report: Encodable, Sendable {
    var error: String?
    var text: String?
    var size: Int?
    var type: String?
    var sha256: String?
    var keys: [String]?
    var next: String?
    var link: String?
  }

  let endpoint: String
  let region: String
  let bucket: String
  let accessKey: String
  let secretKey: String
  /// Seconds since 1970 that the signatures say, where not the time of the clock.
  let time: Double?
  let steps: [Step]

  static func run(_ job: S3Job) async throws -> [Report] {
    let settings = S3Storage.Settings(
      endpoint: job.endpoint, region: job.region, bucket: job.bucket, accessKey: job.accessKey,
      secretKey: job.secretKey)
    let client = HTTPClient(.init("s3"), on: Transfers(), metrics: try Metrics())
    let storage = try S3Storage(
      settings, client: client, now: { job.time.map { Date(timeIntervalSince1970: $0) } ?? Date() })
    var reports: [Report] = []
    for step in job.steps {
      do throws(StorageError) {
        reports.append(try await step.run(on: storage))
      } catch {
        reports.append(Report(error: "\(error)"))
      }
    }
    return reports
  }
}

extension S3Job.Step {
  func run(on storage: S3Storage) async throws(StorageError) -> S3Job.Report {
    guard let key = ObjectKey(key) else { throw .malformed }
    switch action {
    case "put":
      let content = path.map { ObjectContent.file(path: $0) } ?? .bytes(Array((text ?? "").utf8))
      return report(try await storage.put(content, type: type ?? "text/plain", at: key))
    case "get":
      let (bytes, info) = try await storage.get(key)
      return report(info, text: String(decoding: bytes, as: UTF8.self))
    case "range":
      let bytes = try await storage.get(key, range: (from ?? 0)..<(to ?? 0))
      return S3Job.Report(text: String(decoding: bytes, as: UTF8.self))
    case "download": return report(try await storage.download(key, to: path ?? ""))
    case "head":
      guard let info = try await storage.head(key) else { throw .notFound }
      return report(info)
    case "delete":
      try await storage.delete(key)
      return S3Job.Report()
    case "list":
      let page = try await storage.list(key, after: after, limit: limit ?? 1_000)
      return S3Job.Report(keys: page.entries.map(\.key.description), next: page.next)
    case "link":
      let link = try storage.signedLink(
        to: key, fileName: fileName, validForSeconds: seconds ?? 300)
      return S3Job.Report(link: link)
    default: throw .malformed
    }
  }

  private func report(_ info: ObjectInfo, text: String? = nil) -> S3Job.Report {
    S3Job.Report(text: text, size: info.size, type: info.type, sha256: info.sha256)
  }
}
