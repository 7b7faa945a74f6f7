package import HTML
import HTTPServer
import Limits
package import Scope
import Secrets

/// What every route of the API is made with.
package struct API: Sendable {
  package let database: Database
  package let context: Context
  package let languages: Languages
  /// Requests of one caller to one process.
  private let limit: LocalLimit
  /// Of one address, whatever it holds out as a token: many share one of a carrier.
  private let limitOfAddress: LocalLimit

  /// - Parameter requestsPerMinute: Of one caller to one process.
  package init(
    database: Database, context: Context, languages: Languages, requestsPerMinute: Int
  ) {
    self.database = database
    self.context = context
    self.languages = languages
    limit = LocalLimit(requestsPerMinute, per: .seconds(60))
    limitOfAddress = LocalLimit(10 * requestsPerMinute, per: .seconds(60))
  }

  /// As the client asks for: the API keeps no cookies.
  func language(of request: Request) -> Language {
    languages.negotiated(choice: nil, accepted: request.header("accept-language"))
  }

  /// One request of whoever holds the token or key, else of the address.
  func take(for request: Request) throws(TooManyRequests) -> Budget {
    let address = "\(request.clientAddress)"
    guard let authorization = request.header("authorization") else {
      return try limit.take(by: address)
    }
    _ = try limitOfAddress.take(by: address)
    let hash = SHA256.hash(authorization.utf8)
    return try limit.take(by: String(decoding: hash.map { 33 + $0 % 94 }, as: UTF8.self))
  }
}
