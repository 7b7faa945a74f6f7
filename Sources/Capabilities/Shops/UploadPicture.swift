import API
import Access
import Documents
import Fields
import FoundationEssentials
import HTTPServer
import ObjectStorage
import Observability
import PostgreSQL
import Scope
import Secrets
import Web

/// A shop's logo or favicon: made anew out of the pixels of what was sent, and kept in the shop's folder.
enum UploadPicture {
  enum Kind: String, CaseIterable, Sendable {
    case logo, favicon
  }

  struct Form: Sendable {
    let file: UploadedFile

    static let fields = Fields(Field("file", .file(maxBytes: largestBytes)), as: Form.init)
  }

  static let largestBytes = 8 << 20
  /// Room for the form around the file.
  static let limits = RouteLimits(
    maximumBodyBytes: largestBytes + (64 << 10), accepts: [.multipart],
    uploads: UploadLimits(maximumParts: 8, maximumFileBytes: largestBytes))

  /// What is stored of one upload.
  struct Made: Sendable {
    let hash: String
    let width: Int
    let height: Int
    let files: [(file: BrandFile, bytes: [UInt8])]
  }

  /// - Parameter upload: Different for each.
  static func make(
    _ kind: Kind, from bytes: [UInt8], upload: String, by images: ImageConverter
  ) async throws -> Made {
    switch kind {
    case .logo:
      let renditions = try await images.renditions(
        of: bytes, widths: [BrandFile.logoWidth], formats: [.webP, .png])
      guard let largest = renditions.last else { throw ImageRefused.damaged }
      let hash = hash(of: renditions, upload)
      return Made(
        hash: hash, width: largest.width, height: largest.height,
        files: renditions.map { (.logo(hash, $0.format), $0.bytes) })
    case .favicon:
      let widths = BrandFile.faviconWidths
      let renditions = try await images.renditions(of: bytes, widths: widths, formats: [.png])
      guard let largest = renditions.last else { throw ImageRefused.damaged }
      let hash = hash(of: renditions, upload)
      // What is smaller than the smallest stands for both.
      return Made(
        hash: hash, width: largest.width, height: largest.height,
        files: widths.enumerated().map { index, width in
          (.favicon(hash, width), (index < renditions.count ? renditions[index] : largest).bytes)
        })
    }
  }

  /// Of the upload too: no two have a name in common, so that taking one away never takes the files of
  /// another that came at the same moment.
  private static func hash(of renditions: [Rendition], _ upload: String) -> String {
    let hash = SHA256.hash(renditions.flatMap(\.bytes) + upload.utf8)
    return hash.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// - Parameter made: Nil takes the picture away.
  nonisolated(nonsending) static func perform(
    _ kind: Kind, _ made: Made?, by member: StaffMember, in tx: Transaction
  ) async throws -> (before: ShopRow, after: ShopRow) {
    let before = try await tx.one(ShopRow.locked(in: member.scope))
    switch kind {
    case .logo:
      try await tx.run(
        Command(
          """
          UPDATE shops
             SET logo = \(made?.hash as String?), logo_width = \(made?.width as Int?),
                 logo_height = \(made?.height as Int?), version = version + 1
           WHERE shop_id = \(member.shop)
          """))
    case .favicon:
      try await tx.run(
        Command(
          """
          UPDATE shops SET favicon = \(made?.hash as String?), version = version + 1
           WHERE shop_id = \(member.shop)
          """))
    }
    return (before, try await tx.one(ShopRow.find(in: member.scope)))
  }

  /// The whole of a request. Files are there before the shop names them, and gone after it names others.
  static func save(
    _ kind: Kind, _ form: Form?, by member: StaffMember, of shops: Shops
  ) async throws -> ShopRow {
    var made: Made?
    if let form {
      let data = try Data(contentsOf: URL(filePath: form.file.path))
      let upload = "\(shops.context.newID(Made.self))"
      made = try await make(kind, from: Array(data), upload: upload, by: shops.images)
    }
    for (file, bytes) in made?.files ?? [] {
      guard let key = file.key(of: member.shop) else { continue }
      _ = try await shops.storage.put(.bytes(bytes), type: file.mediaType, at: key)
    }
    let finished = made
    let (before, after) = try await shops.database.transaction(in: member.scope) { tx in
      try await perform(kind, finished, by: member, in: tx)
    }
    shops.directory.forget("\(member.shop)")
    let left = before.brandFiles.filter { !after.brandFiles.contains($0) }
    for key in left.compactMap({ $0.key(of: member.shop) }) {
      do {
        try await shops.storage.delete(key)
      } catch {
        // Nobody is handed it any more; it only takes room.
        Log.warning("brand.file_left", ["key": .string("\(key)"), "reason": .string("\(error)")])
      }
    }
    return after
  }

  // MARK: API

  static func routes(of shops: Shops) -> [Route] {
    Kind.allCases.flatMap { kind in
      [
        .api(
          .post, "/api/shops/{shop}/\(kind.rawValue)", "Upload a \(kind.rawValue)",
          for: shops.staff(.writeSettings), takes: Form.fields, of: shops.api,
          answers: [200: ShopView.schema], refusals: [413, 415, 422, 503], isExempt: true,
          limits: limits
        ) { (call: Call<StaffMember, Form>, _: String) in
          let row = try await save(kind, call.form, by: call.granted, of: shops)
          return try Answer(200, ShopView(row, of: shops))
        },
        .api(
          .delete, "/api/shops/{shop}/\(kind.rawValue)", "Take the \(kind.rawValue) away",
          for: shops.staff(.writeSettings), of: shops.api, answers: [200: ShopView.schema]
        ) { (call: Call<StaffMember, Void>, _: String) in
          let row = try await save(kind, nil, by: call.granted, of: shops)
          return try Answer(200, ShopView(row, of: shops))
        },
      ]
    }
  }
}
