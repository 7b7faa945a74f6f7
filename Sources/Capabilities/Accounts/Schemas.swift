import Fields

// What the API's answers look like, for the OpenAPI document.

extension Schema {
  static let id = Schema.text(length: 36...36, format: "uuid")
  static let time = Schema.text(length: 20...35, format: "date-time")
  static func words(_ longest: Int) -> Schema { .text(length: 0...longest, format: nil) }

  /// Every part is there in each answer.
  static func answer(_ parts: KeyValuePairs<String, Schema>) -> Schema {
    .object(parts.map { Property(name: $0, schema: $1, isRequired: true) })
  }
}

extension Register.Registered {
  static let schema = Schema.answer([
    "account": .answer(["id": .id, "email": .words(254), "name": .words(200)]),
    "access_token": .words(4_096), "refresh_token": .words(100), "expires_in": .integer(1...86_400),
  ])
}

extension Accounts.TokenPair {
  static let schema = Schema.answer([
    "access_token": .words(4_096), "refresh_token": .words(100), "expires_in": .integer(1...86_400),
  ])
}

extension ShowMe.Profile {
  static let schema = Schema.answer([
    "id": .id, "email": .words(254), "email_verified": .boolean, "name": .words(200),
    "time_zone": .words(64), "theme": .choice(["system", "light", "dark"]),
    "terms_version": .words(20), "second_factor": .boolean, "is_operator": .boolean,
    "version": .integer(1...Int(Int32.max)), "created_at": .time,
  ])
}
