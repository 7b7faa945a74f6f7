/// The terms that are in force, which whoever opens an account accepts. Their text is a `Policy`.
enum Terms {
  static let version = "1.0"
}
