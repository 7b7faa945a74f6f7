import API
import Fields

// What the API's answers look like, for the OpenAPI document.

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

extension EnrolSecondFactor.Enrolment {
  static let schema = Schema.answer(["secret": .words(64), "uri": .words(2_000)])
}

extension EnrolSecondFactor.Codes {
  static let schema = Schema.answer([
    "recovery_codes": .list(of: .text(length: 11...11, format: nil), count: 10...10)
  ])
}

extension ShowMe.Profile {
  static let schema = Schema.answer([
    "id": .id, "email": .words(254), "email_verified": .boolean, "name": .words(200),
    "language": .nullable(.words(35)), "time_zone": .words(64),
    "theme": .choice(["system", "light", "dark"]),
    "terms_version": .words(20), "terms_current": .boolean, "second_factor": .boolean,
    "is_operator": .boolean,
    "version": .integer(1...Int(Int32.max)), "created_at": .time,
  ])
}

extension ChangeEmail.Confirmed {
  static let schema = Schema.answer(["changed": .boolean])
}

extension ShowSessions.Item {
  static let schema = Schema.answer([
    "id": .id, "kind": .choice(["browser", "api"]), "current": .boolean,
    "user_agent": .words(300), "created_at": .time, "seen_at": .time, "expires_at": .time,
  ])
}

extension ExportAccount.Export {
  static let schema = Schema.answer([
    "account": .answer([
      "id": .id, "email": .nullable(.words(254)), "email_verified_at": .nullable(.time),
      "name": .words(200), "language": .nullable(.words(35)), "time_zone": .words(64),
      "theme": .words(6), "terms_version": .words(20), "terms_accepted_at": .time,
      "is_operator": .boolean, "version": .integer(1...Int(Int32.max)), "created_at": .time,
    ]),
    "sessions": .every([
      "id": .id, "kind": .words(7), "user_agent": .words(300), "created_at": .time,
      "seen_at": .time, "expires_at": .time, "confirmed_at": .time,
    ]),
    "devices": .every(["first_at": .time, "last_at": .time]),
    "links": .every([
      "purpose": .words(14), "email": .words(254), "created_at": .time, "expires_at": .time,
    ]),
    "email_change": .nullable(
      .answer([
        "new_email": .words(254), "asked_at": .time, "left_at": .nullable(.time),
        "taken_at": .nullable(.time),
      ])),
    "second_factor_since": .nullable(.time), "recovery_codes_left": .integer(0...100),
    "requests": .every([
      "route": .words(200), "idempotency_key": .words(255), "status": .integer(200...299),
      "kept_until": .time,
    ]),
  ])
}

extension Schema {
  /// All there are of something: an export knows no pages.
  fileprivate static func every(_ parts: KeyValuePairs<String, Schema>) -> Schema {
    .list(of: .answer(parts), count: 0...1_000_000)
  }
}
