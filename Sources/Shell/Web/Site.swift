package import HTML
package import HTTPServer
package import Scope

/// What every page of the platform is made with.
package struct Site: Sendable {
  /// The address that visitors type before the path; links that leave the page start with it.
  package let baseURL: String
  package let languages: Languages
  package let database: Database
  package let context: Context
  package let asset: @Sendable (String) -> String

  package init(
    baseURL: String, languages: Languages, database: Database, context: Context = .system,
    asset: @escaping @Sendable (String) -> String
  ) {
    self.baseURL = baseURL
    self.languages = languages
    self.database = database
    self.context = context
    self.asset = asset
  }

  /// Over HTTPS, cookies are for HTTPS alone.
  package var isSecure: Bool { baseURL.hasPrefix("https:") }

  /// - Parameters:
  ///   - viewer: Who is signed in: their choice is kept with their account.
  ///   - address: Where the page is, if not at the request's own address.
  package func frame(
    for request: Request, viewer: AccountSession? = nil, at address: String? = nil
  ) -> Frame {
    let theme = request.cookie(Preferences.themeCookie) ?? viewer?.theme
    return Frame(
      languages: languages.all, theme: theme.flatMap(Theme.init) ?? .system, origin: baseURL,
      address: address ?? request.target, viewer: viewer, flash: Flash.notice(in: request),
      asset: asset)
  }

  package func language(of request: Request, for viewer: AccountSession? = nil) -> Language {
    languages.negotiated(
      choice: request.cookie(Preferences.languageCookie) ?? viewer?.language,
      accepted: request.header("accept-language"))
  }
}
