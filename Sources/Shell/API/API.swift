package import HTML
import HTTPServer
package import Limits
package import Scope
import Secrets

/// What every route of the API is made with.
package struct API: Sendable {
  package let database: Database
  package let context: Context
  package let languages: Languages
  /// Requests of one caller to one process.
  let limit: LocalLimit

  package init(
    database: Database, context: Context, languages: Languages,
    limit: LocalLimit
  ) {
    self.database = database
    self.context = context
    self.languages = languages
    self.limit = limit
  }

  /// As the client asks for: the API keeps no cookies.
  func language(of request: Request) -> Language {
    languages.negotiated(choice: nil, accepted: request.header("accept-language"))
  }

  /// Who is counted: whoever holds the token or key, else the address.
  func subject(of request: Request) -> String {
    guard let authorization = request.header("authorization") else {
      return "\(request.clientAddress)"
    }
    return String(decoding: SHA256.hash(authorization.utf8).map { 33 + $0 % 94 }, as: UTF8.self)
  }
}
