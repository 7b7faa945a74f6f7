/// An input, declared once: the same declaration reads a JSON body, a form and a query string into
/// one type that cannot hold a wrong value, names everything that is wrong, and describes itself.
///
/// ```swift
/// struct Form {
///   let name: String
///   let seats: Int?
///   static let fields = Fields(
///     Field("name", .text(max: 80)), Field("seats", .optional(.integer(1...100))), as: Form.init)
/// }
/// let form = try Form.fields.parse(request.input)
/// ```
package struct Fields<Value: Sendable>: Sendable {
  /// Always `.object`.
  package let schema: Schema
  private let build: @Sendable (InputValue, Place, inout [FieldError]) -> Value?

  /// - Parameter make: Gets the values in the order of the fields; usually a memberwise `init`.
  package init<each Part: Sendable>(
    _ field: repeat Field<each Part>, as make: @escaping @Sendable (repeat each Part) -> Value
  ) {
    var properties: [Schema.Property] = []
    for one in repeat each field { properties.append(one.property) }
    schema = .object(properties)
    build = { input, place, errors in
      // Every field is read before any is missed, so that all errors come together.
      let parts = (repeat (each field).value(in: input, at: place, errors: &errors))
      return try? make(repeat given(each parts))
    }
  }

  package func parse(_ input: InputValue) throws(InvalidInput) -> Value {
    var errors: [FieldError] = []
    guard let value = read(input, at: .top, errors: &errors) else { throw InvalidInput(errors) }
    return value
  }

  func read(_ input: InputValue, at place: Place, errors: inout [FieldError]) -> Value? {
    guard case .object = input else { return place.refuse(.notObject, &errors) }
    return build(input, place, &errors)
  }
}

/// One named part of an input.
package struct Field<Value: Sendable>: Sendable {
  package let name: String
  private let kind: Kind<Value>

  package init(_ name: String, _ kind: Kind<Value>) {
    self.name = name
    self.kind = kind
  }

  fileprivate var property: Schema.Property {
    let isRequired = if case .refused = kind.absent { true } else { false }
    return Schema.Property(name: name, schema: kind.schema, isRequired: isRequired)
  }

  fileprivate func value(
    in input: InputValue, at place: Place, errors: inout [FieldError]
  ) -> Value? {
    kind.value(of: input.part(name), at: place.part(name), errors: &errors)
  }
}

private struct Refused: Error {}

private func given<Value>(_ value: Value?) throws(Refused) -> Value {
  guard let value else { throw Refused() }
  return value
}
