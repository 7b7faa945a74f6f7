import CSodium

/// Who has this can seal for its owner, and not open even what they sealed themselves.
/// Source: libsodium's sealed boxes (X25519, XSalsa20, Poly1305, a key of its own for every box).
package struct BoxPublicKey: Sendable, Hashable {
  package static let byteCount = 32
  package let bytes: [UInt8]

  /// Nil for any other number of bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// - Throws: `tooLarge` beyond `SealedValue.largestPlaintext`.
  package func seal(_ plaintext: [UInt8]) throws(SealError) -> [UInt8] {
    guard plaintext.count <= SealedValue.largestPlaintext else { throw .tooLarge }
    precondition(Sodium.isReady)
    var sealed = [UInt8](repeating: 0, count: plaintext.count + crypto_box_sealbytes())
    // Fails for a public key that is a point of low order, with which anybody could open.
    guard crypto_box_seal(&sealed, plaintext, UInt64(plaintext.count), bytes) == 0 else {
      throw .notAuthentic
    }
    return sealed
  }
}

/// Opens what was sealed to its public key.
package struct BoxKeyPair: Sendable {
  package let publicKey: BoxPublicKey
  /// Kept wrapped by another key.
  package let secretKey: SecretKey

  package static func random() -> BoxKeyPair { BoxKeyPair(secretKey: .random()) }

  package init(secretKey: SecretKey) {
    self.secretKey = secretKey
    var bytes = [UInt8](repeating: 0, count: BoxPublicKey.byteCount)
    secretKey.withBytes { secret in
      _ = crypto_scalarmult_base(&bytes, secret)
    }
    guard let publicKey = BoxPublicKey(bytes) else { preconditionFailure("32 bytes were made") }
    self.publicKey = publicKey
  }

  package func open(_ sealed: [UInt8]) throws(SealError) -> [UInt8] {
    guard sealed.count >= crypto_box_sealbytes() else { throw .notSealed }
    guard sealed.count <= SealedValue.largestPlaintext + crypto_box_sealbytes() else {
      throw .tooLarge
    }
    var plaintext = [UInt8](repeating: 0, count: sealed.count - crypto_box_sealbytes())
    let failed = secretKey.withBytes { secret in
      crypto_box_seal_open(
        &plaintext, sealed, UInt64(sealed.count), publicKey.bytes, secret)
    }
    guard failed == 0 else { throw .notAuthentic }
    return plaintext
  }
}
