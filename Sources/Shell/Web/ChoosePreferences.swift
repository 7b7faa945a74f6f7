import Access
import Fields
import HTML
package import HTTPServer
import Scope

/// The language and theme switches of the frame: a form that sends the reader back where they were.
package enum ChoosePreferences {
  /// For the platform's own pages and for those of shops, each with its own cookies.
  package static func routes(of site: Site) -> [Route] {
    [
      route(of: site, on: .base, name: Preferences.path),
      route(of: site, on: .subdomain, name: "shop \(Preferences.path)"),
    ]
  }

  private static func route(of site: Site, on host: HostPattern, name: String) -> Route {
    .page(
      .post, Preferences.path, on: host, name: name, for: .anybody, of: site,
      limits: RouteLimits(maximumBodyBytes: 8 << 10, accepts: [.form])
    ) { visit in
      let form = try Preferences.Form.fields.parse(visit.request.body.input ?? .object([]))
      var response = Response.redirect(to: form.returnTo)
      // A code that is no language of ours leaves the choice as it was.
      if let code = form.language, site.languages.named(code) != nil {
        response.remember(Preferences.languageCookie, code, of: site)
      }
      if let theme = form.theme {
        response.remember(Preferences.themeCookie, theme.rawValue, of: site)
      }
      return response
    }
  }
}

extension Response {
  /// What was chosen in this browser gives way to what an account says.
  package mutating func forgetPreferences(of site: Site) {
    for name in [Preferences.languageCookie, Preferences.themeCookie] {
      guard var cookie = SetCookie.removal(of: name) else { continue }
      cookie.isSecure = site.isSecure
      set(cookie)
    }
  }

  fileprivate mutating func remember(_ name: String, _ value: String, of site: Site) {
    guard var cookie = SetCookie(name, value) else { return }
    cookie.maximumAge = .seconds(365 * 24 * 3_600)
    cookie.isSecure = site.isSecure
    set(cookie)
  }
}
