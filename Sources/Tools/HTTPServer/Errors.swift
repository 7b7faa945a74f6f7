/// An answer that says no. Thrown by handlers and by the server itself; the application's renderer
/// makes a page or a problem document of it.
package struct HTTPError: Error, Sendable, Equatable {
  package let status: Int
  /// Stable, in snake_case: what a client's program looks at.
  package let code: String
  /// For a person: what happened and what to do next.
  package let detail: String
  /// Such as `Allow` and `Retry-After`, which belong to the refusal.
  package let headers: HeaderList
  /// What was wrong with each field of the input.
  package let fields: [Field]

  package struct Field: Sendable, Equatable {
    /// Its path, such as `lines.0.quantity`; empty for the input as a whole.
    package let name: String
    package let code: String
    package let detail: String

    package init(name: String, code: String, detail: String) {
      self.name = name
      self.code = code
      self.detail = detail
    }
  }

  package init(
    status: Int, code: String, detail: String, headers: HeaderList = HeaderList(),
    fields: [Field] = []
  ) {
    self.status = status
    self.code = code
    self.detail = detail
    self.headers = headers
    self.fields = fields
  }
}

extension HTTPError {
  package static let notFound = HTTPError(
    status: 404, code: "not_found", detail: "There is nothing at this address.")
  package static let internalFailure = HTTPError(
    status: 500, code: "internal_error",
    detail: "Something went wrong on our side. Try again, or give us the request id.")
  package static let overdue = HTTPError(
    status: 503, code: "timed_out", detail: "This took too long. Try again in a moment.",
    headers: ["Retry-After": "1"])
  package static let stopping = HTTPError(
    status: 503, code: "restarting", detail: "The server is restarting. Try again in a moment.",
    headers: ["Retry-After": "1"])

  static let malformedHeader = HTTPError(
    status: 400, code: "malformed_header", detail: "A header field of the request is not valid.")
  static let missingHost = HTTPError(
    status: 400, code: "missing_host", detail: "The request does not say which host it is for.")
  static let malformedTarget = HTTPError(
    status: 400, code: "malformed_target", detail: "The address of the request is not valid.")
  static let malformedBody = HTTPError(
    status: 400, code: "malformed_body", detail: "The body of the request could not be read.")
  static let methodNotAllowed = HTTPError(
    status: 405, code: "method_not_allowed", detail: "This address does not take that method.")
  static let bodyTooLarge = HTTPError(
    status: 413, code: "body_too_large", detail: "The request is larger than this address takes.")
  static let unsupportedMediaType = HTTPError(
    status: 415, code: "unsupported_media_type",
    detail: "This address does not take a body of that type.")
  static let unsupportedEncoding = HTTPError(
    status: 415, code: "unsupported_content_encoding",
    detail: "Send the body without compression.")
  static let expectationFailed = HTTPError(
    status: 417, code: "expectation_failed", detail: "Only 100-continue can be expected.")
  static let headerFieldsTooLarge = HTTPError(
    status: 431, code: "header_fields_too_large", detail: "The request's header is too large.")
  /// RFC 9110 would have 501, which monitors take for an error of ours; it is the caller's.
  static let unknownMethod = HTTPError(
    status: 405, code: "unknown_method", detail: "The server does not know that method.",
    headers: ["Allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"])
  static let insufficientStorage = HTTPError(
    status: 503, code: "storage_unavailable",
    detail: "The upload could not be stored. Try again in a moment.",
    headers: ["Retry-After": "5"])

  static func methodNotAllowed(allowing methods: [HTTPMethod]) -> HTTPError {
    HTTPError(
      status: 405, code: methodNotAllowed.code, detail: methodNotAllowed.detail,
      headers: ["Allow": methods.map(\.rawValue).joined(separator: ", ")])
  }
}
