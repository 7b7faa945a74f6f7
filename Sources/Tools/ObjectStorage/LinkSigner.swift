package import FoundationEssentials
package import Secrets

/// Links to objects on disk, which a route of ours answers: it hands the parameters to `permits` and
/// sends the file that the storage names.
package struct LinkSigner: Sendable {
  package struct Parameters: Sendable, Hashable {
    package let key: ObjectKey
    package let fileName: String?
    /// Seconds since 1970.
    package let expiresAt: Int
    package let signature: String

    package init(key: ObjectKey, fileName: String?, expiresAt: Int, signature: String) {
      self.key = key
      self.fileName = fileName
      self.expiresAt = expiresAt
      self.signature = signature
    }
  }

  private let key: SecretKey
  private let base: String

  /// - Parameter base: What stands before the object's key, such as `https://example.com/files`.
  package init(key: SecretKey, base: String) {
    self.key = key.derived(for: "object links")
    self.base = base
  }

  /// `BASE/KEY?expires=…&name=…&signature=…`
  func link(to object: ObjectKey, fileName: String?, expiresAt: Int) -> String {
    let code = HMAC.sha256(of: message(object, fileName, expiresAt).utf8, key: key)
    let name = fileName.map { "&name=\($0.percentEncoded())" } ?? ""
    return "\(base)/\(object)?expires=\(expiresAt)\(name)&signature=\(code.hexadecimal)"
  }

  package func permits(_ parameters: Parameters, at now: Date) -> Bool {
    guard let code = [UInt8](hexadecimal: parameters.signature),
      now.timeIntervalSince1970 < Double(parameters.expiresAt)
    else { return false }
    let message = message(parameters.key, parameters.fileName, parameters.expiresAt)
    return HMAC.isValid(code, of: message.utf8, key: key)
  }

  /// Keys hold no line ends, and the name comes last: no two links have the same message.
  private func message(_ object: ObjectKey, _ fileName: String?, _ expiresAt: Int) -> String {
    "\(object)\n\(expiresAt)\n" + (fileName.map { "name:\($0)" } ?? "")
  }
}
