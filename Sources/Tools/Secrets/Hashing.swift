import CSodium

package enum SHA256 {
  package static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let message = Array(bytes)
    var digest = [UInt8](repeating: 0, count: crypto_hash_sha256_bytes())
    crypto_hash_sha256(&digest, message, UInt64(message.count))
    return digest
  }
}

package enum HMAC {
  package static func sha256(of message: some Sequence<UInt8>, key: SecretKey) -> [UInt8] {
    key.withBytes { sha256(of: Array(message), key: $0, keyByteCount: SecretKey.byteCount) }
  }

  /// For secrets that others gave us, such as a provider's signing secret, of any length.
  package static func sha256(
    of message: some Sequence<UInt8>, key: some Sequence<UInt8>
  ) -> [UInt8] {
    var key = Array(key)
    defer { key.wipe() }
    return sha256(of: Array(message), key: key, keyByteCount: key.count)
  }

  /// In constant time.
  package static func isValid(
    _ code: [UInt8], of message: some Sequence<UInt8>, key: SecretKey
  ) -> Bool { areEqual(code, sha256(of: message, key: key)) }

  private static func sha256(
    of message: [UInt8], key: UnsafePointer<UInt8>, keyByteCount: Int
  ) -> [UInt8] {
    var state = crypto_auth_hmacsha256_state()
    defer { sodium_memzero(&state, MemoryLayout.size(ofValue: state)) }
    // None of these can fail: they answer 0 whatever they are given.
    crypto_auth_hmacsha256_init(&state, key, keyByteCount)
    crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
    var code = [UInt8](repeating: 0, count: crypto_auth_hmacsha256_bytes())
    crypto_auth_hmacsha256_final(&state, &code)
    return code
  }
}
