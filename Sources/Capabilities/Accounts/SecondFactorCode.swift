import Fields

/// What somebody types as their second factor.
enum SecondFactorCode: Sendable, Equatable {
  /// Six of them, as an authenticator shows.
  case digits(String)
  case recovery(RecoveryCode)

  /// In a form or a call; looser than any code, so that what is wrong gets one answer.
  static let kind = Kind<String>.text(max: 40)

  /// As people type and paste: with blanks and hyphens, in letters of any case, in the digits of any
  /// keyboard of ours. Nil for what is no code.
  init?(_ typed: String) {
    let signs = String(
      String.UnicodeScalarView(
        typed.withLatinDigits.unicodeScalars.filter {
          switch $0.properties.generalCategory {
          case .spaceSeparator, .dashPunctuation, .format: false
          default: true
          }
        }))
    if signs.utf8.count == 6,
      signs.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
    {
      self = .digits(signs)
    } else if let code = RecoveryCode(signs) {
      self = .recovery(code)
    } else {
      return nil
    }
  }
}
