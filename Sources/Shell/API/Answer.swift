import FoundationEssentials
package import HTTPServer

/// What a route of the API gives back: a status, and what is written as JSON in snake_case, with times
/// in RFC 3339 and UTC.
package struct Answer: Sendable, Equatable {
  package let status: Int
  /// Nil for no body.
  let body: [UInt8]?
  var isReplay = false

  init(status: Int, body: [UInt8]?) {
    self.status = status
    self.body = body
  }

  package init(_ status: Int = 200, _ value: some Encodable) throws {
    self.status = status
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    body = Array(try encoder.encode(value))
  }

  package static let noContent = Answer(status: 204, body: nil)
  /// Asked for, and not done yet.
  package static let accepted = Answer(status: 202, body: nil)

  package var response: Response {
    var response = Response(status: status)
    if let body {
      response = .bytes(ResponseBytes(body), type: "application/json", status: status)
    }
    // What is told to one caller is for no cache.
    response.headers.append("Cache-Control", "no-store")
    if isReplay { response.headers.append("Idempotent-Replay", "true") }
    return response
  }
}

/// A part of an answer that is always there, and null where there is nothing.
@propertyWrapper package struct OrNull<Value: Encodable & Sendable>: Encodable, Sendable {
  package var wrappedValue: Value?

  package init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}
