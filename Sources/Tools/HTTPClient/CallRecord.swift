import Observability

/// One attempt as it may be kept: secrets are masked, the query is left out.
package struct CallRecord: Sendable {
  package let service: String
  package let method: String
  package let host: String
  package let path: String
  /// From 1.
  package let attempt: Int
  package let duration: Duration
  /// Nil when there was no answer.
  package let status: Int?
  package let failure: HTTPClientError.Reason?
  package let requestFields: [HTTPClient.Field]
  package let requestBody: String
  package let answerFields: [HTTPClient.Field]
  package let answerBody: String

  /// Fields and bodies stay out of the log: they are for a table that people's rights guard.
  func log() {
    let milliseconds = Int(duration / .milliseconds(1))
    if let failure {
      Log.warning(
        "http_call_failed",
        [
          "service": .string(service), "method": .string(method), "host": .string(host),
          "path": .string(path), "attempt": .integer(attempt),
          "milliseconds": .integer(milliseconds), "failure": .string(failure.name),
          "status": .integer(status ?? 0),
        ])
    } else {
      Log.info(
        "http_call",
        [
          "service": .string(service), "method": .string(method), "host": .string(host),
          "path": .string(path), "attempt": .integer(attempt),
          "milliseconds": .integer(milliseconds), "status": .integer(status ?? 0),
        ])
    }
  }
}
