/// Media types as far as the server needs to tell them apart.
enum ContentType {
  /// Types that shrink: text, and what is text under another name.
  static func isText(_ headers: HeaderList) -> Bool {
    var answer = false
    headers.visit { name, value in
      guard name.count == 12, name.equalsIgnoringCase("content-type") else { return }
      answer = isText(value)
    }
    return answer
  }

  private static func isText(_ type: UnsafeBufferPointer<UInt8>) -> Bool {
    if type.starts(with: "text/event-stream".utf8) { return false }
    if type.starts(with: "text/".utf8) || type.starts(with: "image/svg".utf8) { return true }
    return type.starts(with: "application/json".utf8)
      || type.starts(with: "application/problem+json".utf8)
      || type.starts(with: "application/javascript".utf8)
      || type.starts(with: "application/manifest+json".utf8)
      || type.starts(with: "application/xml".utf8)
  }

  /// By a file's extension.
  package static func ofFile(named name: String) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
    return byExtension[name[name.index(after: dot)...].lowercased()] ?? "application/octet-stream"
  }

  private static let byExtension = [
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8", "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8", "json": "application/json",
    "webmanifest": "application/manifest+json", "svg": "image/svg+xml", "png": "image/png",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "avif": "image/avif",
    "gif": "image/gif", "ico": "image/x-icon", "woff2": "font/woff2", "woff": "font/woff",
    "pdf": "application/pdf", "xml": "application/xml", "wasm": "application/wasm",
  ]
}
