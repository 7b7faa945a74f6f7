/// What a person is told when something did not go as they wanted.
package struct UserMessage: Sendable, Hashable {
  package let happened: Text
  /// What they can do about it.
  package let next: Text

  package init(_ happened: Text, next: Text) {
    self.happened = happened
    self.next = next
  }

  /// Both sentences, for a face that shows one text.
  package func resolved(in language: Language) -> String {
    "\(happened.resolved(in: language)) \(next.resolved(in: language))"
  }
}

/// An error that its reader can do something about. Any other error is ours, and its reader gets an
/// apology and a number that finds the log line.
package protocol UserFacingError: Error {
  var userMessage: UserMessage { get }
  /// Stable snake_case, which programs act upon, such as `out_of_stock`.
  var code: String { get }
  /// The HTTP status of the answer.
  var status: Int { get }
  /// After how long the same may be tried again, where time alone mends it.
  var retryAfterSeconds: Int? { get }
}

extension UserFacingError {
  /// Understood, and refused by a rule.
  package var status: Int { 422 }
  package var retryAfterSeconds: Int? { nil }
}
