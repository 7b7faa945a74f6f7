import CVips

enum Vips {
  /// Once, by the first who comes. Without it there is an installation to be mended and no request
  /// to be answered.
  static func start() { precondition(isStarted, "libvips does not start") }

  private static let isStarted = martlet_vips_start() == 0
}

/// A picture of libvips': a file of which only the header was read as yet, or pixels in memory.
struct VipsPicture: ~Copyable {
  private let image: UnsafeMutablePointer<VipsImage>

  private init(_ image: UnsafeMutablePointer<VipsImage>?) throws(ImageRefused) {
    guard let image else { throw Self.damaged }
    self.image = image
  }

  deinit { g_object_unref(image) }

  /// Reads the header.
  /// - Parameter file: Of an allowed kind. It must stay where it is as long as the picture lives.
  init(file: UnsafeBufferPointer<UInt8>) throws(ImageRefused) {
    try self.init(martlet_vips_open(file.baseAddress, file.count))
  }

  var width: Int { Int(vips_image_get_width(image)) }
  var height: Int { Int(vips_image_get_height(image)) }

  /// In memory, upright, in sRGB, without metadata, not enlarged. Of a file this can be made once,
  /// since its pixels are read one after another.
  func shrunk(to width: Int) throws(ImageRefused) -> VipsPicture {
    let width = Int32(min(max(width, 1), 1_000_000))
    return try VipsPicture(martlet_vips_thumbnail(image, width, 4 * width))
  }

  func encoded(as format: ImageFormat) throws(ImageRefused) -> Rendition {
    var size = 0
    let bytes =
      switch format {
      case .webP: martlet_vips_webp(image, 80, &size)
      case .jpeg: martlet_vips_jpeg(image, 82, &size)
      case .png: martlet_vips_png(image, &size)
      }
    return Rendition(
      width: width, height: height, format: format, bytes: try Self.taken(bytes, size: size))
  }

  /// The bytes of an encoder, which are freed here.
  private static func taken(
    _ bytes: UnsafeMutableRawPointer?, size: Int
  ) throws(ImageRefused) -> [UInt8] {
    guard let bytes else { throw damaged }
    defer { g_free(bytes) }
    return Array(UnsafeRawBufferPointer(start: bytes, count: size))
  }

  /// libvips gathers its messages until somebody clears them.
  private static var damaged: ImageRefused {
    vips_error_clear()
    return .damaged
  }
}
