/// A long random text that proves who has it, such as a session cookie, an API key or a link in a mail.
/// We keep its hash alone, so that whoever reads the database has no token.
package struct SecretToken: Sendable {
  /// 256 random bits in base64url. Shown once, to its owner.
  package let text: String

  package static func random() -> SecretToken {
    SecretToken(Base64URL.encode(Sodium.randomBytes(32)))
  }

  /// As it came back. Any text is one; only a hash that is found again says that it is ours.
  package init(_ text: String) { self.text = text }

  /// What is stored and looked up. Plain SHA-256, since nobody guesses 256 bits.
  package var hash: [UInt8] { SHA256.hash(text.utf8) }
}

extension SecretToken: CustomStringConvertible, CustomReflectable {
  package var description: String { "a token" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
