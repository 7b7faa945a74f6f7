/// What a field accepts, for the OpenAPI document (encoded as JSON Schema 2020-12) and for the
/// attributes of a form's controls.
package indirect enum Schema: Sendable, Equatable {
  /// - Parameters:
  ///   - length: In Unicode scalars, as JSON Schema counts.
  ///   - format: A name that JSON Schema knows, such as `email`.
  case text(length: ClosedRange<Int>, format: String?)
  case integer(ClosedRange<Int>)
  case boolean
  case choice([String])
  case list(of: Schema, count: ClosedRange<Int>)
  case object([Property])
  /// Multipart only.
  case file(maxBytes: Int)
  case nullable(Schema)

  package struct Property: Sendable, Equatable {
    package let name: String
    package let schema: Schema
    package let isRequired: Bool

    package init(name: String, schema: Schema, isRequired: Bool) {
      self.name = name
      self.schema = schema
      self.isRequired = isRequired
    }
  }
}

extension Schema {
  /// What the part of an object called `name` accepts, whether or not it may be left out.
  package func part(_ name: String) -> Schema? {
    guard case .object(let properties) = self else { return nil }
    switch properties.first(where: { $0.name == name })?.schema {
    case .nullable(let schema): return schema
    case let schema: return schema
    }
  }
}

extension Schema: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var json = encoder.container(keyedBy: Key.self)
    switch self {
    case .text(let length, let format):
      try json.encode("string", forKey: "type")
      if length.lowerBound > 0 { try json.encode(length.lowerBound, forKey: "minLength") }
      try json.encode(length.upperBound, forKey: "maxLength")
      try json.encodeIfPresent(format, forKey: "format")
    case .integer(let range):
      try json.encode("integer", forKey: "type")
      try json.encode(range.lowerBound, forKey: "minimum")
      try json.encode(range.upperBound, forKey: "maximum")
    case .boolean:
      try json.encode("boolean", forKey: "type")
    case .choice(let values):
      try json.encode("string", forKey: "type")
      try json.encode(values, forKey: "enum")
    case .list(let item, let count):
      try json.encode("array", forKey: "type")
      try json.encode(item, forKey: "items")
      if count.lowerBound > 0 { try json.encode(count.lowerBound, forKey: "minItems") }
      try json.encode(count.upperBound, forKey: "maxItems")
    case .object(let properties):
      try json.encode("object", forKey: "type")
      var described = json.nestedContainer(keyedBy: Key.self, forKey: "properties")
      for property in properties {
        try described.encode(property.schema, forKey: Key(stringLiteral: property.name))
      }
      let required = properties.filter(\.isRequired).map(\.name)
      if !required.isEmpty { try json.encode(required, forKey: "required") }
    case .file(let maxBytes):
      try json.encode("string", forKey: "type")
      try json.encode("binary", forKey: "format")
      try json.encode(maxBytes, forKey: "maxLength")
    case .nullable(let schema):
      var either = json.nestedUnkeyedContainer(forKey: "anyOf")
      try either.encode(schema)
      try either.encode(["type": "null"])
    }
  }

  private struct Key: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringLiteral name: String) { stringValue = name }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
