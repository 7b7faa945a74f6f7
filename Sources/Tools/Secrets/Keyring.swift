import Synchronization

/// Keys of one purpose: the current one, and older ones that open what they once sealed.
package struct Keyring: Sendable {
  /// The current one last.
  package let keys: [SecretKey]
  package let current: SecretKey

  /// Nil without a key, or with two of one id.
  package init?(_ keys: [SecretKey]) {
    guard let current = keys.last, Set(keys.map(\.id)).count == keys.count else { return nil }
    self.keys = keys
    self.current = current
  }

  package subscript(id: KeyID) -> SecretKey? { keys.first { $0.id == id } }
}

/// The root keys as a running process knows them: read from their file once, and again when a key is
/// asked for that was not there, since they are rotated while we serve.
package final class RootKeys: Sendable {
  private let file: KeyFile
  private let ring: Mutex<Keyring>

  package init(file: KeyFile) throws(KeyFile.Failure) {
    self.file = file
    ring = Mutex(try file.load())
  }

  package var current: Keyring { ring.withLock(\.self) }

  /// - Returns: Nil when it is not in the file either.
  package func key(_ id: KeyID) throws(KeyFile.Failure) -> SecretKey? {
    if let key = current[id] { return key }
    return try reload()[id]
  }

  @discardableResult
  package func reload() throws(KeyFile.Failure) -> Keyring {
    let read = try file.load()
    ring.withLock { $0 = read }
    return read
  }
}
