package import HTML

/// Why a picture is not taken.
package enum ImageRefused: UserFacingError, Equatable {
  case notAnImage
  /// SVG is a program's home: scripts, links and fonts from elsewhere.
  case svg
  /// - Parameter found: As people call it, such as `HEIC`.
  case kindNotAllowed(found: String)
  case tooManyBytes(limit: Int)
  case tooManyPixels(limit: Int)
  /// Cut short, or not what its first bytes promise.
  case damaged
  case overloaded

  package var code: String {
    switch self {
    case .notAnImage: "not_an_image"
    case .svg, .kindNotAllowed: "image_kind_not_allowed"
    case .tooManyBytes: "image_too_large"
    case .tooManyPixels: "too_many_pixels"
    case .damaged: "image_damaged"
    case .overloaded: "images_busy"
    }
  }

  package var retryAfterSeconds: Int? { self == .overloaded ? 2 : nil }
  package var status: Int {
    switch self {
    case .notAnImage, .svg, .kindNotAllowed: 415
    case .tooManyBytes: 413
    case .tooManyPixels, .damaged: 422
    case .overloaded: 503
    }
  }

  package var userMessage: UserMessage {
    switch self {
    case .notAnImage:
      UserMessage("This file is not a picture.", next: "Choose a JPEG, PNG, WebP or GIF file.")
    case .svg:
      UserMessage(
        "An SVG file can hold a program, so it is not taken.",
        next: "Export it as PNG and choose that file.")
    case .kindNotAllowed(let found):
      UserMessage(
        "Pictures in \(found) format are not taken.",
        next: "Save it as JPEG or PNG and choose that file.")
    case .tooManyBytes(let limit):
      UserMessage(
        "This picture's file is too large.",
        next: "Choose one of at most \(max(1, limit >> 20)) MB.")
    case .tooManyPixels(let limit):
      UserMessage(
        "This picture has too many pixels.",
        next: "Make it smaller, at most \(max(1, limit / 1_000_000)) megapixels, and try again.")
    case .damaged:
      UserMessage(
        "This picture is damaged, or did not arrive whole.",
        next: "Open it on your device, save it anew and choose that file.")
    case .overloaded:
      UserMessage(
        "Many pictures are being prepared at this moment.", next: "Try again in a few seconds.")
    }
  }
}
