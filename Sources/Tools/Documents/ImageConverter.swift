import Processes

/// Makes pictures that are safe to show out of files that anyone sent, one at a time on a thread of its
/// own at low priority.
package final class ImageConverter: Sendable {
  private let limits: ImageLimits
  private let threads: BackgroundThreads

  /// - Parameter waiting: How many pictures may wait for their turn.
  package init(limits: ImageLimits = ImageLimits(), waiting: Int = 16) {
    Vips.start()
    self.limits = limits
    threads = BackgroundThreads(name: "images", count: 1, waiting: waiting)
  }

  /// A picture upright, in sRGB and without metadata, in several widths: smallest first, each in all
  /// formats. None is enlarged: what is wider than the picture gives it once, as wide as it is. A picture
  /// that is higher than four times its width is made to fit that height. Of several frames the first.
  /// - Throws: `ImageRefused`, or `CancellationError` where the task is cancelled before its turn.
  package func renditions(
    of bytes: [UInt8], widths: [Int], formats: [ImageFormat] = [.webP]
  ) async throws -> [Rendition] {
    let result: Result<[Rendition], ImageRefused>
    do {
      result = try await threads.run { [limits] in
        Result { () throws(ImageRefused) in
          try Self.renditions(of: bytes, limits: limits, widths: widths, formats: formats)
        }
      }
    } catch {
      switch error {
      case .overloaded: throw ImageRefused.overloaded
      case .cancelled: throw CancellationError()
      }
    }
    return try result.get()
  }

  private static func renditions(
    of bytes: [UInt8], limits: ImageLimits, widths: [Int], formats: [ImageFormat]
  ) throws(ImageRefused) -> [Rendition] {
    try examined(bytes, limits).withUnsafeBufferPointer { file throws(ImageRefused) in
      let picture = try VipsPicture(file: file)
      guard picture.width * picture.height <= limits.pixels else {
        throw .tooManyPixels(limit: limits.pixels)
      }
      guard let widest = widths.max() else { return [] }
      let upright = try picture.shrunk(to: widest)
      return try renditions(of: upright, widths: widths, formats: formats)
    }
  }

  private static func renditions(
    of picture: borrowing VipsPicture, widths: [Int], formats: [ImageFormat]
  ) throws(ImageRefused) -> [Rendition] {
    var renditions: [Rendition] = []
    for width in widths.sorted() {
      let shrunk = try picture.shrunk(to: width)
      // The one before was as wide as the picture itself.
      if shrunk.width == renditions.last?.width { break }
      for format in formats { renditions.append(try shrunk.encoded(as: format)) }
    }
    return renditions
  }

  /// What is left for a decoder, once all is refused that can be by the first bytes and the outline.
  private static func examined(
    _ bytes: [UInt8], _ limits: ImageLimits
  ) throws(ImageRefused) -> [UInt8] {
    guard bytes.count <= limits.bytes else { throw .tooManyBytes(limit: limits.bytes) }
    switch ImageKind(of: bytes) {
    case .jpeg where JPEGScans.areTooMany(in: bytes): throw .damaged
    case .png: return PNGChunks.withoutText(bytes)
    case .jpeg, .webP, .gif: return bytes
    case .svg: throw .svg
    case .other(let name): throw .kindNotAllowed(found: name)
    case nil: throw .notAnImage
    }
  }
}
