import FoundationEssentials
import Synchronization

/// The mails that came of late, in memory, and how the next ones are to be treated.
final class Mailbox: Sendable {
  static let maximumMails = 500
  static let maximumBytes = 100 << 20

  /// What goes wrong on demand.
  struct Behaviour: Equatable, Codable, Sendable {
    /// So many mails are refused.
    var failNext = 0
    /// With these three digits: 4xx for later, 5xx for good.
    var code = 451
    /// After them, so many are kept while the connection is cut instead of an answer.
    var dropNext = 0
  }

  private struct State {
    var mails: [StoredMail] = []
    var bytes = 0
    var lastID = 0
    var behaviour = Behaviour()

    mutating func keep(_ envelope: Envelope, _ message: MIMEMessage, at time: Date) {
      lastID += 1
      mails.append(StoredMail(id: lastID, receivedAt: time, envelope: envelope, message: message))
      bytes += envelope.content.count
      while mails.count > maximumMails || bytes > maximumBytes {
        bytes -= mails.removeFirst().envelope.content.count
      }
    }
  }

  private let state = Mutex(State())
  private let now: @Sendable () -> Date

  init(now: @escaping @Sendable () -> Date = { Date() }) { self.now = now }

  func take(_ envelope: Envelope) -> SMTPSession.Verdict {
    let message = MIMEMessage(envelope.content)
    return state.withLock { state in
      if state.behaviour.failNext > 0 {
        state.behaviour.failNext -= 1
        return .refused(code: state.behaviour.code)
      }
      state.keep(envelope, message, at: now())
      guard state.behaviour.dropNext > 0 else { return .kept }
      state.behaviour.dropNext -= 1
      return .dropped
    }
  }

  var behaviour: Behaviour {
    get { state.withLock { $0.behaviour } }
    set { state.withLock { $0.behaviour = newValue } }
  }

  /// Newest first.
  /// - Parameter recipient: In any case of letters; nil for everybody.
  func mails(to recipient: String? = nil) -> [StoredMail] {
    let all = state.withLock { $0.mails }
    let wanted = recipient?.lowercased()
    return all.reversed().filter { mail in
      wanted == nil || mail.envelope.recipients.contains { $0.lowercased() == wanted }
    }
  }

  func mail(_ id: Int) -> StoredMail? {
    state.withLock { state in state.mails.first { $0.id == id } }
  }

  func empty() {
    state.withLock { state in
      state.mails = []
      state.bytes = 0
    }
  }
}

struct StoredMail: Sendable {
  /// From 1, in the order of arrival.
  let id: Int
  let receivedAt: Date
  let envelope: Envelope
  let message: MIMEMessage
}
