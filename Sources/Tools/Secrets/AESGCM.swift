import COpenSSL

/// AES-256 in Galois/Counter Mode. Source: NIST SP 800-38D.
enum AESGCM {
  static let nonceByteCount = 12
  static let tagByteCount = 16

  /// The cipher text with its tag behind it.
  /// - Parameters:
  ///   - key: 32 bytes.
  ///   - nonce: Never used twice with the same key.
  ///   - authenticated: Not sealed, but needed again, the same, to open.
  static func seal(
    _ plaintext: [UInt8], key: UnsafePointer<UInt8>, nonce: [UInt8], authenticated: [UInt8]
  ) -> [UInt8] {
    let context = Context(key: key, nonce: nonce, isSealing: true)
    context.authenticate(authenticated)
    var sealed = context.update(plaintext)
    context.finishSealing(&sealed)
    return sealed
  }

  /// Nil when anything at all differs from what was sealed.
  static func open(
    _ sealed: [UInt8], key: UnsafePointer<UInt8>, nonce: [UInt8], authenticated: [UInt8]
  ) -> [UInt8]? {
    guard sealed.count >= tagByteCount else { return nil }
    let context = Context(key: key, nonce: nonce, isSealing: false)
    context.authenticate(authenticated)
    var plaintext = context.update(Array(sealed.dropLast(tagByteCount)))
    guard context.isAuthentic(tag: Array(sealed.suffix(tagByteCount))) else {
      plaintext.wipe()
      return nil
    }
    return plaintext
  }
}

/// One message on its way through the cipher. OpenSSL wipes its copy of the key when freed.
private struct Context: ~Copyable {
  private let pointer: OpaquePointer

  init(key: UnsafePointer<UInt8>, nonce: [UInt8], isSealing: Bool) {
    precondition(nonce.count == AESGCM.nonceByteCount)
    guard let pointer = EVP_CIPHER_CTX_new() else { preconditionFailure("out of memory") }
    self.pointer = pointer
    Self.require(EVP_CipherInit_ex(pointer, EVP_aes_256_gcm(), nil, key, nonce, isSealing ? 1 : 0))
  }

  deinit { EVP_CIPHER_CTX_free(pointer) }

  func authenticate(_ bytes: [UInt8]) {
    var count: Int32 = 0
    Self.require(EVP_CipherUpdate(pointer, nil, &count, bytes, Int32(bytes.count)))
  }

  func update(_ input: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: input.count)
    var count: Int32 = 0
    if !input.isEmpty {
      Self.require(EVP_CipherUpdate(pointer, &output, &count, input, Int32(input.count)))
    }
    return output
  }

  func finishSealing(_ sealed: inout [UInt8]) {
    var count: Int32 = 0
    var nothing: UInt8 = 0
    Self.require(EVP_CipherFinal_ex(pointer, &nothing, &count))
    var tag = [UInt8](repeating: 0, count: AESGCM.tagByteCount)
    Self.require(
      EVP_CIPHER_CTX_ctrl(pointer, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag))
    sealed += tag
  }

  func isAuthentic(tag: [UInt8]) -> Bool {
    var tag = tag
    Self.require(
      EVP_CIPHER_CTX_ctrl(pointer, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag))
    var count: Int32 = 0
    var nothing: UInt8 = 0
    return EVP_CipherFinal_ex(pointer, &nothing, &count) == 1
  }

  /// With sizes as above these fail only when memory is out. Going on would store what nobody opens.
  private static func require(_ result: Int32) {
    precondition(result == 1, "OpenSSL: AES-256-GCM failed")
  }
}
