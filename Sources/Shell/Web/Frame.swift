package import HTML
package import Scope

/// What a page must know of its reader and its place in order to be shown whole. The language is
/// `Language.current`.
package struct Frame: Sendable {
  /// Every language on offer, English first.
  package let languages: [Language]
  package let theme: Theme
  /// Scheme and host without a final slash, such as `https://martlet.example`.
  package let origin: String
  /// Path and query of the page.
  package let address: String
  /// Who is signed in, as far as the page had to know.
  package let viewer: AccountSession?
  /// What the form before this page did.
  package let flash: Text?
  /// The address of a file of `Assets/`, such as `base.css`, with its content's hash in it.
  package let asset: @Sendable (String) -> String

  package init(
    languages: [Language], theme: Theme, origin: String, address: String,
    viewer: AccountSession? = nil, flash: Text? = nil,
    asset: @escaping @Sendable (String) -> String
  ) {
    self.languages = languages
    self.theme = theme
    self.origin = origin
    self.address = address
    self.viewer = viewer
    self.flash = flash
    self.asset = asset
  }

  var path: Substring { address.prefix { $0 != "?" } }
}
