package import Mail

/// Whose name stands above a mail: the platform's, or later a shop's.
package struct Letterhead: Sendable {
  package let sender: MailAddress
  /// Where the name leads.
  package let address: String
  package let colors: Colors

  package init(sender: MailAddress, address: String, colors: Colors = .platform) {
    self.sender = sender
    self.address = address
    self.colors = colors
  }

  package var brand: String { sender.name ?? sender.address }
}

extension Letterhead {
  /// As the six digits that every mail program knows, such as `#2b56b8`; nothing looks at them again.
  package struct Colors: Sendable, Equatable {
    let link: String
    let linkOnDark: String
    let button: Ink
    let buttonOnDark: Ink

    package struct Ink: Sendable, Equatable {
      let background: String
      let text: String

      package init(background: String, text: String) {
        self.background = background
        self.text = text
      }
    }

    package init(link: String, linkOnDark: String, button: Ink, buttonOnDark: Ink) {
      self.link = link
      self.linkOnDark = linkOnDark
      self.button = button
      self.buttonOnDark = buttonOnDark
    }

    /// The accent of `Assets/tokens.css`.
    package static let platform = Colors(
      link: "#2b56b8", linkOnDark: "#8fb8ff", button: Ink(background: "#2b56b8", text: "#ffffff"),
      buttonOnDark: Ink(background: "#8fb8ff", text: "#131a28"))
  }
}
