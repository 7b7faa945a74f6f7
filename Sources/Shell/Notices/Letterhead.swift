package import Mail

/// Whose name stands above a mail: the platform's, or later a shop's.
package struct Letterhead: Sendable {
  package let sender: MailAddress
  /// Where the name leads.
  package let address: String

  package init(sender: MailAddress, address: String) {
    self.sender = sender
    self.address = address
  }

  package var brand: String { sender.name ?? sender.address }
}
