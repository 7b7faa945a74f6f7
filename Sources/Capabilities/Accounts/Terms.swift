/// The terms that are in force. Their text by version: `ShowTerms`.
enum Terms {
  static let version = "1.0"
}
