import FoundationEssentials
import HTML
import HTTPServer
import Limits
import Scope
import Secrets

/// What shows that a request was made of late by whoever has the key, and is no copy of another: two
/// header fields, of which `Martlet-Signature` is the HMAC-SHA256, in hexadecimal, of
/// `timestamp.METHOD./path?query.sha256(body)` with the whole key.
enum RequestSignature {
  /// Seconds that the two clocks may differ.
  static let tolerance: TimeInterval = 300

  enum Refusal: String, UserFacingError, Equatable {
    case missing = "signature_needed"
    case wrong = "signature_wrong"
    case old = "signature_old"
    case used = "signature_used"

    var code: String { rawValue }
    var status: Int { 401 }

    var userMessage: UserMessage {
      switch self {
      case .missing:
        UserMessage(
          "This key signs each of its requests.",
          next: "Send Martlet-Timestamp and Martlet-Signature.")
      case .wrong:
        UserMessage(
          "The signature is not that of this request.",
          next: "Sign timestamp, method, address and body as they are sent.")
      case .old:
        UserMessage(
          "The signature's time is too far from ours.",
          next: "Set the clock, and sign the request at the moment you send it.")
      case .used:
        UserMessage(
          "This signature was used before.", next: "Sign the request anew to send it again.")
      }
    }
  }

  static func text(
    at timestamp: Int, _ method: HTTPMethod, _ target: String, body: [UInt8], key: String
  ) -> String {
    let content = SHA256.hash(body).hexadecimal
    let message = "\(timestamp).\(method.rawValue).\(target).\(content)"
    return HMAC.sha256(of: message.utf8, key: key.utf8).hexadecimal
  }

  static func check(
    _ request: Request, by key: APIKey, database: Database, now: Date
  ) async throws {
    guard let time = request.header("martlet-timestamp").flatMap({ Int($0) }),
      let given = request.header("martlet-signature")
    else { throw Refusal.missing }
    guard abs(now.timeIntervalSince1970 - Double(time)) <= tolerance else { throw Refusal.old }
    let right = text(
      at: time, request.method, request.target, body: request.body.bytes, key: key.text)
    guard areEqual(Array(right.utf8), Array(given.utf8)) else { throw Refusal.wrong }
    // What only reads may be asked again and again.
    guard request.method != .get else { return }
    do {
      _ = try await once.take(by: given, database: database, in: Guard.anybody(), now: now)
    } catch is TooManyRequests {
      throw Refusal.used
    }
  }

  /// As long as a signature counts, from the earliest clock to the latest.
  private static let once = Allowance("signed_request", 1, per: .seconds(601))
}
