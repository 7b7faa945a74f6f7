package import Fields
package import HTML

/// How a page is coloured: as the reader's system is, or as they chose here.
package enum Theme: String, Sendable, CaseIterable {
  case system, light, dark

  package var name: Text {
    switch self {
    case .system: "Automatic"
    case .light: "Light"
    case .dark: "Dark"
    }
  }
}

/// What readers choose about pages without signing in, kept in two cookies so that it works without
/// a script.
package enum Preferences {
  package static let path = "/preferences"
  package static let languageCookie = "language"
  package static let themeCookie = "theme"

  /// The form of the switches in the frame. Each button sends its own choice only.
  package struct Form: Sendable, Equatable {
    /// A language's code, not yet known to be one of ours.
    package let language: String?
    package let theme: Theme?
    /// Where the reader was: an address on this host, whatever was sent.
    package let returnTo: String

    package static let fields = Fields(
      Field("language", .optional(.text(max: 35))),
      Field("theme", .optional(.choice(of: Theme.self))),
      Field("return_to", .optional(.text(max: 2_000), default: "/")),
      as: Form.init)

    private init(language: String?, theme: Theme?, returnTo: String) {
      self.language = language
      self.theme = theme
      self.returnTo = returnTo.isAddressOfOurs ? returnTo : "/"
    }
  }
}
