import CSodium

/// What Argon2id takes for one hash. More is slower, for us and for whoever guesses.
package struct PasswordCost: Sendable, Equatable {
  let memoryBytes: Int
  let passes: Int

  package init(memoryBytes: Int, passes: Int) {
    self.memoryBytes = memoryBytes
    self.passes = passes
  }

  /// 19 MiB, 2 passes, 1 lane: about 25 ms. Source: OWASP, Password Storage Cheat Sheet, 2024.
  package static let standard = PasswordCost(memoryBytes: 19 << 20, passes: 2)
}

/// An Argon2id hash with its salt and cost, in PHC's text form: `$argon2id$v=19$m=…,t=…,p=1$…$…`.
package struct PasswordHash: Sendable, Equatable {
  package let text: String

  /// Nil for another scheme, or what no hash of ours is as long as.
  package init?(_ text: String) {
    guard text.hasPrefix("$argon2id$"), text.utf8.count < Int(crypto_pwhash_strbytes()),
      !text.utf8.contains(0)
    else { return nil }
    self.text = text
  }
}

/// Hashes in the caller's thread, which takes long: everybody else asks a `PasswordHasher`.
enum Argon2id {
  /// Nil when there is no memory for it.
  static func hash(_ password: String, cost: PasswordCost) -> PasswordHash? {
    precondition(Sodium.isReady)
    var text = [CChar](repeating: 0, count: Int(crypto_pwhash_strbytes()))
    let failed = withBytes(of: password) { bytes in
      crypto_pwhash_str_alg(
        &text, bytes, UInt64(bytes.count), UInt64(cost.passes), cost.memoryBytes,
        crypto_pwhash_alg_argon2id13())
    }
    guard failed == 0 else { return nil }
    let characters = text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    return PasswordHash(String(decoding: characters, as: UTF8.self))
  }

  static func isRight(_ password: String, for hash: PasswordHash) -> Bool {
    precondition(Sodium.isReady)
    return withBytes(of: password) { bytes in
      crypto_pwhash_str_verify(hash.terminated, bytes, UInt64(bytes.count)) == 0
    }
  }

  /// Whether it was made at another cost than now.
  static func isOutdated(_ hash: PasswordHash, cost: PasswordCost) -> Bool {
    crypto_pwhash_str_needs_rehash(hash.terminated, UInt64(cost.passes), cost.memoryBytes) != 0
  }

  private static func withBytes<Result>(of password: String, _ body: ([CChar]) -> Result) -> Result
  {
    var bytes = password.utf8.map(CChar.init(bitPattern:))
    defer { bytes.withUnsafeMutableBytes { sodium_memzero($0.baseAddress, $0.count) } }
    return body(bytes)
  }
}

extension PasswordHash {
  /// As long as libsodium reads, with NULs behind it.
  fileprivate var terminated: [CChar] {
    let characters = text.utf8.map(CChar.init(bitPattern:))
    return characters
      + repeatElement(0, count: Int(crypto_pwhash_strbytes()) - characters.count)
  }
}
