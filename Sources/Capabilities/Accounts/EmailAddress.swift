package import Fields

/// An address as its owner spells it, and the one spelling under which it is looked up.
package struct EmailAddress: Sendable, Equatable {
  package let text: String
  /// Servers may tell the case of the part before the `@`; nobody has two mailboxes that differ in it.
  package let key: String

  package init(_ text: String) {
    self.text = text
    key = text.lowercased()
  }
}

extension Kind where Value == EmailAddress {
  package static var emailAddress: Kind { Kind<String>.email.map { EmailAddress($0) } }
}
