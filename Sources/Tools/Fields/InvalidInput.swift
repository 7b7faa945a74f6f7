package import HTML

/// Everything that was wrong with an input, so that it can be mended in one go.
package struct InvalidInput: UserFacingError, Equatable {
  package let errors: [FieldError]

  package init(_ errors: [FieldError]) { self.errors = errors }

  package var code: String { "invalid_fields" }
  package var userMessage: UserMessage {
    UserMessage(
      "\(count: errors.count) fields need another look.", next: "Correct them and send again.")
  }
}

package struct FieldError: Sendable, Equatable {
  /// Its path in the input, such as `email` or `lines.0.quantity`; empty for the input as a whole.
  package let field: String
  package let reason: Reason

  package init(field: String, reason: Reason) {
    self.field = field
    self.reason = reason
  }

  package enum Reason: Sendable, Equatable {
    case missing
    case notText, notWholeNumber, notYesOrNo, notList, notObject, notFile
    case shorterThan(Int)
    case longerThan(Int)
    case outside(ClosedRange<Int>)
    case notAChoice
    case controlCharacters
    case notAnEmailAddress
    case fewerThan(Int)
    case moreThan(Int)
    case largerThan(bytes: Int)
    case malformed
    /// A password that everybody tries first.
    case commonPassword
  }

  /// Stable snake_case, for programs.
  package var code: String {
    switch reason {
    case .missing: "missing"
    case .notText, .notWholeNumber, .notYesOrNo, .notList, .notObject, .notFile: "wrong_type"
    case .shorterThan: "too_short"
    case .longerThan: "too_long"
    case .outside: "out_of_range"
    case .notAChoice: "not_a_choice"
    case .controlCharacters: "control_characters"
    case .notAnEmailAddress: "not_an_email_address"
    case .fewerThan: "too_few"
    case .moreThan: "too_many"
    case .largerThan: "too_large"
    case .malformed: "malformed"
    case .commonPassword: "common_password"
    }
  }

  /// What to do about it, for people.
  package var detail: Text {
    switch reason {
    case .missing: "Fill this in."
    case .notText: "Enter text."
    case .notWholeNumber: "Enter a whole number."
    case .notYesOrNo: "Choose yes or no."
    case .notList: "Give a list."
    case .notObject: "Give named fields."
    case .notFile: "Choose a file."
    case .shorterThan(let count): "Enter at least \(count: count) characters."
    case .longerThan(let count): "Enter \(count: count) characters or fewer."
    case .outside(let range): "Enter a number from \(range.lowerBound) to \(range.upperBound)."
    case .notAChoice: "Choose one of the options."
    case .controlCharacters: "Remove characters that cannot be seen."
    case .notAnEmailAddress: "Enter an e-mail address, such as \("amina@example.com")."
    case .fewerThan(let count): "Choose at least \(count: count)."
    case .moreThan(let count): "Choose at most \(count: count)."
    case .malformed: "This is not in the form that is asked for."
    case .commonPassword: "Choose a password that others do not use as well."
    case .largerThan(let bytes): "Choose a file of at most \(max(1, bytes / 1_024)) KB."
    }
  }
}
