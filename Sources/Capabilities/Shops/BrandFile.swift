import Documents
import ObjectStorage
import Scope

/// A file of a shop's brand, as addresses and the storage call it. Its name has a hash, which
/// no other upload has: what is behind it never changes, and any cache may keep it.
enum BrandFile: Equatable {
  case logo(_ hash: String, ImageFormat)
  case favicon(_ hash: String, _ width: Int)

  /// In pixels: of a browser's tab, and of a phone's home screen.
  static let faviconWidths = [32, 180]
  static let logoWidth = 512

  var name: String {
    switch self {
    case .logo(let hash, .webP): "logo-\(hash).webp"
    case .logo(let hash, _): "logo-\(hash).png"
    case .favicon(let hash, let width): "favicon-\(hash)-\(width).png"
    }
  }

  var mediaType: String {
    switch self {
    case .logo(_, let format): format.mediaType
    case .favicon: ImageFormat.png.mediaType
    }
  }

  /// On the shop's own host.
  var path: String { "/brand/\(name)" }

  /// Nil never happens for names of ours.
  func key(of shop: ID<Shop>) -> ObjectKey? { ObjectKey("shops/\(shop)/brand/\(name)") }

  static func logos(_ hash: String) -> [BrandFile] { [.logo(hash, .webP), .logo(hash, .png)] }
  static func favicons(_ hash: String) -> [BrandFile] {
    faviconWidths.map { .favicon(hash, $0) }
  }
}

extension ShopRow {
  /// What the shop shows now; nothing else of its folder is handed out.
  var brandFiles: [BrandFile] {
    (logo.map { BrandFile.logos($0.hash) } ?? []) + (favicon.map(BrandFile.favicons) ?? [])
  }
}
