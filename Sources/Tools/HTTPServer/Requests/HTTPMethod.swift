/// The methods that a route can be declared for, and the two that are known only to be refused.
package enum HTTPMethod: String, Sendable, Hashable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"
  case trace = "TRACE"
  case connect = "CONNECT"

  /// - Parameter name: As on the request line; methods are case-sensitive. Nil when unknown.
  init?(name: UnsafeBufferPointer<UInt8>) {
    for method in HTTPMethod.common where method.rawValue.utf8.elementsEqual(name) {
      self = method
      return
    }
    return nil
  }

  /// In the order they are met.
  private static let common: [HTTPMethod] = [
    .get, .post, .head, .options, .put, .patch, .delete, .trace, .connect,
  ]
}
