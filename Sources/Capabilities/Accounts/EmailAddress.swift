import Fields

/// An address as its owner spells it, and the one spelling under which it is looked up.
struct EmailAddress: Sendable, Equatable {
  let text: String
  /// Servers may tell the case of the part before the `@`; nobody has two mailboxes that differ in it.
  let key: String

  init(_ text: String) {
    self.text = text
    key = text.lowercased()
  }
}

extension Kind where Value == EmailAddress {
  static var emailAddress: Kind { Kind<String>.email.map { EmailAddress($0) } }
}
