package import HTML
import HTTPServer
package import Scope

/// What every page of the platform is made with.
package struct Site: Sendable {
  /// The address that visitors type before the path; links that leave the page start with it.
  package let baseURL: String
  package let languages: Languages
  package let database: Database
  package let asset: @Sendable (String) -> String

  package init(
    baseURL: String, languages: Languages, database: Database,
    asset: @escaping @Sendable (String) -> String
  ) {
    self.baseURL = baseURL
    self.languages = languages
    self.database = database
    self.asset = asset
  }

  /// Over HTTPS, cookies are for HTTPS alone.
  var isSecure: Bool { baseURL.hasPrefix("https:") }

  func frame(for request: Request) -> Frame {
    Frame(
      languages: languages.all,
      theme: request.cookie(Preferences.themeCookie).flatMap(Theme.init) ?? .system,
      origin: baseURL, address: request.target, asset: asset)
  }

  func language(of request: Request) -> Language {
    languages.negotiated(
      choice: request.cookie(Preferences.languageCookie),
      accepted: request.header("accept-language"))
  }
}
