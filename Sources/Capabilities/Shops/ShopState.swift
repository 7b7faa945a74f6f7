package import HTML
import Web

/// How a shop stands with the platform. That its owner has paused it is `accepts_orders`, another thing.
package enum ShopState: String, Sendable, CaseIterable, Codable {
  /// Its form is not done.
  case pending
  case active
  /// Stopped by the platform, which can let it go on.
  case suspended
  /// Given up by its owner.
  case closed
  /// Ended by the platform, for good.
  case terminated

  package enum Event: String, Sendable, CaseIterable {
    case open, suspend, restore, close, reopen, terminate
  }

  package enum Action: Sendable, Equatable {
    /// It stood so already.
    case nothing
    /// The step is stored, with who took it and why.
    case record
  }

  /// - Throws: Where the event cannot happen in this state; it is left as it was.
  package mutating func receive(_ event: Event) throws(IllegalStep) -> Action {
    switch (self, event) {
    case (.pending, .open), (.suspended, .restore), (.closed, .reopen):
      self = .active
    case (.active, .suspend):
      self = .suspended
    // A suspended one too: its owner may give up, and only the platform opens it again.
    case (.pending, .close), (.active, .close), (.suspended, .close):
      self = .closed
    case (.pending, .terminate), (.active, .terminate), (.suspended, .terminate),
      (.closed, .terminate):
      self = .terminated
    case (.active, .open), (.active, .restore), (.active, .reopen), (.suspended, .suspend),
      (.closed, .close), (.terminated, .terminate):
      return .nothing
    case (.pending, .suspend), (.pending, .restore), (.pending, .reopen),
      (.suspended, .open), (.suspended, .reopen),
      (.closed, .open), (.closed, .suspend), (.closed, .restore),
      (.terminated, .open), (.terminated, .suspend), (.terminated, .restore),
      (.terminated, .close), (.terminated, .reopen):
      throw IllegalStep(state: self)
    }
    return .record
  }

  /// Whether the event would change it.
  package func admits(_ event: Event) -> Bool {
    var copy = self
    return (try? copy.receive(event)) == .record
  }

  package struct IllegalStep: UserFacingError, Equatable {
    let state: ShopState

    package var code: String { "illegal_transition" }
    package var status: Int { 409 }
    package var userMessage: UserMessage {
      UserMessage(
        "This cannot be done with a shop in its state.", next: "Load the page again to see it.")
    }
  }
}

extension ShopState {
  package var name: Text {
    switch self {
    case .pending: "Being opened"
    case .active: "Active"
    case .suspended: "Suspended"
    case .closed: "Closed"
    case .terminated: "Terminated"
    }
  }

  package var badge: HTML {
    switch self {
    case .pending: Badge.html(name, .info)
    case .active: Badge.html(name, .good)
    case .suspended: Badge.html(name, .warn)
    case .closed: Badge.html(name)
    case .terminated: Badge.html(name, .bad)
    }
  }
}
