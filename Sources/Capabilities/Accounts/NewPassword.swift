import Fields
import HTML
import Secrets
import Web

/// A password that somebody chooses.
enum NewPassword {
  static let shortest = 10
  /// In Unicode scalars, of which each has at most four bytes.
  static let longest = PasswordHasher.longestPassword / 4

  static var kind: Kind<String> { .password(min: shortest, max: longest) }

  /// - Parameters:
  ///   - field: Where it stands in the input.
  ///   - email: Whose: the own address is the first guess.
  /// - Throws: When it is among the first that anybody would try.
  static func check(
    _ password: String, in field: String, of email: EmailAddress
  ) throws(InvalidInput) {
    let plain = password.lowercased()
    let isCommon =
      CommonPasswords.contain(plain) || plain == email.key
      || plain == email.key.prefix { $0 != "@" }
    guard !isCommon else {
      throw InvalidInput([FieldError(field: field, reason: .commonPassword)])
    }
  }

  static func field(_ name: String, of form: FilledForm) -> HTML {
    form.password(
      name, label: "New password",
      help: "At least \(shortest) characters. A few words are easy to remember.",
      autocomplete: "new-password")
  }
}
