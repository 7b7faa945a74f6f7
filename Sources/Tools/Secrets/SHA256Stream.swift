import CSodium

extension SHA256 {
  /// The same hash of what comes piece by piece, such as a file.
  package struct Stream {
    private var state = crypto_hash_sha256_state()

    package init() { crypto_hash_sha256_init(&state) }

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
      bytes.withUnsafeBufferPointer {
        _ = crypto_hash_sha256_update(&state, $0.baseAddress, UInt64($0.count))
      }
    }

    package func finish() -> [UInt8] {
      var state = state
      var digest = [UInt8](repeating: 0, count: crypto_hash_sha256_bytes())
      crypto_hash_sha256_final(&state, &digest)
      return digest
    }
  }
}
