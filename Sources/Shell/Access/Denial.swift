package import HTML

/// Why a request does not get what it asks for, before any capability looks at it.
package enum Denial: UserFacingError, Equatable {
  /// Nobody is signed in, or what proves it is over.
  case signInNeeded
  /// Signed in, and without the right.
  case notAllowed
  /// Signed in long ago, for something that asks who it is once more.
  case confirmationNeeded
  /// Signed in, and not yet agreed to terms that have changed.
  case termsChanged
  /// Signed in by a password alone, for something that asks for a second factor.
  case secondFactorRequired
  /// Not there, or somebody else's: which of the two is not told.
  case notFound
  /// A form that another site sent.
  case foreignForm

  package var status: Int {
    switch self {
    case .signInNeeded: 401
    case .notAllowed, .confirmationNeeded, .termsChanged, .secondFactorRequired, .foreignForm: 403
    case .notFound: 404
    }
  }

  package var code: String {
    switch self {
    case .signInNeeded: "not_signed_in"
    case .notAllowed: "not_allowed"
    case .confirmationNeeded: "confirmation_needed"
    case .termsChanged: "terms_changed"
    case .secondFactorRequired: "second_factor_required"
    case .notFound: "not_found"
    case .foreignForm: "foreign_form"
    }
  }

  package var userMessage: UserMessage {
    switch self {
    case .signInNeeded:
      UserMessage("You are not signed in.", next: "Sign in and try again.")
    case .notAllowed:
      UserMessage(
        "You may not do this.", next: "Ask whoever runs it to give you access.")
    case .confirmationNeeded:
      UserMessage(
        "This asks for your password once more.", next: "Confirm that it is you and try again.")
    case .termsChanged:
      UserMessage("The terms of use have changed.", next: "Read and accept them to go on.")
    case .secondFactorRequired:
      UserMessage(
        "This asks for a second factor.",
        next: "Turn yours on and open this again.")
    case .notFound:
      UserMessage(
        "There is nothing at this address.",
        next: "Check the address, or start from the front page.")
    case .foreignForm:
      UserMessage(
        "This form was sent from another site.",
        next: "Open the page here and send it again.")
    }
  }
}
