package import Fields

// What the parts of answers look like, for the OpenAPI document.

extension Schema {
  package static let id = Schema.text(length: 36...36, format: "uuid")
  package static let time = Schema.text(length: 20...35, format: "date-time")
  package static func words(_ longest: Int) -> Schema { .text(length: 0...longest, format: nil) }

  /// Every part is there in each answer.
  package static func answer(_ parts: KeyValuePairs<String, Schema>) -> Schema {
    .object(parts.map { Property(name: $0, schema: $1, isRequired: true) })
  }
}
