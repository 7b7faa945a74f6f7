/// A picture as we made it: from the pixels of what was sent and from nothing else of it.
package struct Rendition: Sendable, Equatable {
  package let width: Int
  package let height: Int
  package let format: ImageFormat
  package let bytes: [UInt8]
}

/// What pictures are written as.
package enum ImageFormat: Sendable, Equatable {
  /// For pages: every browser of today reads it.
  case webP
  /// For other services. On white where the picture is transparent.
  case jpeg
  case png

  package var mediaType: String {
    switch self {
    case .webP: "image/webp"
    case .jpeg: "image/jpeg"
    case .png: "image/png"
    }
  }
}

/// How much of a picture is taken.
package struct ImageLimits: Sendable {
  package let bytes: Int
  /// Width times height, as the header says. A picture takes up to 13 bytes of memory a pixel while it is
  /// read: 16 bits a sample, transparent and interlaced. Most take less than one.
  package let pixels: Int

  package init(bytes: Int = 16 << 20, pixels: Int = 32_000_000) {
    self.bytes = bytes
    self.pixels = pixels
  }
}
