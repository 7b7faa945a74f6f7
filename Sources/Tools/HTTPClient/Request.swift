import Transfers

extension HTTPClient {
  package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// RFC 9110 section 9.2.2: twice does what once does.
    var isIdempotent: Bool { self != .post && self != .patch }
  }

  package struct Field: Sendable, Hashable {
    package let name: String
    package let value: String
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package struct Request: Sendable {
    package enum Body: Sendable {
      case bytes([UInt8], type: String)
      case file(path: String, type: String)
    }
    package var method: Method
    package var url: String
    package var fields: [Field] = []
    package var body: Body?
    /// Sent as `Idempotency-Key`. By giving one the caller says that the service honours it, so that
    /// the request may be sent more than once.
    package var idempotencyKey: String?
    /// Name look-up, connection and TLS together.
    package var connectTimeout = Duration.seconds(5)
    /// Of one attempt.
    package var totalTimeout = Duration.seconds(30)
    /// Without a byte in either direction. Whole seconds, rounded up.
    package var idleTimeout = Duration.seconds(15)
    package var maximumAnswerBytes = 1 << 20
    /// Texts that no log line and no call record may show, such as a bot's token in a path.
    package var secrets: [String] = []

    package init(_ method: Method, _ url: String, body: Body? = nil) {
      self.method = method
      self.url = url
      self.body = body
    }

    var isRepeatable: Bool { method.isIdempotent || idempotencyKey != nil }

    /// All fields as they are sent.
    var allFields: [Field] {
      var all = fields
      if let idempotencyKey { all.append(Field("Idempotency-Key", idempotencyKey)) }
      switch body {
      case .bytes(_, let type), .file(_, let type): all.append(Field("Content-Type", type))
      case nil: break
      }
      if !all.contains(where: { $0.name.lowercased() == "user-agent" }) {
        all.append(Field("User-Agent", "Martlet/1.0"))
      }
      return all
    }
  }

  package struct Answer: Sendable {
    package let status: Int
    package let fields: [Field]
    /// Empty when it was downloaded into a file.
    package let body: [UInt8]
    package let bodySize: Int
    /// How long the service asks us to stay away.
    package let retryAfterSeconds: Int?
    package let usedHTTP2: Bool

    package var isSuccess: Bool { (200..<300).contains(status) }

    /// The first field of that name, whatever its case.
    package func field(_ name: String) -> String? {
      let name = name.lowercased()
      return fields.first { $0.name.lowercased() == name }?.value
    }

    init(_ result: TransferResult) {
      status = result.status
      fields = result.headerLines.compactMap { line in
        line.firstIndex(of: ":").map { colon in
          Field(
            String(line[..<colon]),
            line[line.index(after: colon)...].trimmingPrefix(while: \.isWhitespace).description)
        }
      }
      body = result.body
      bodySize = result.bodySize
      retryAfterSeconds = result.retryAfterSeconds
      usedHTTP2 = result.usedHTTP2
    }
  }
}

extension HTTPClient.Field {
  /// Whether it can stand in a request without ending its line, or being no field at all.
  var isWellFormed: Bool {
    !name.isEmpty && name.utf8.allSatisfy(Self.isToken)
      && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
