internal import HTML

/// What a field accepts, and the type it becomes. Every kind has a largest size.
package struct Kind<Value: Sendable>: Sendable {
  let schema: Schema
  /// What an absent or blank field becomes; nil refuses it.
  let absent: Absent
  /// What a field that is there and blank becomes; nil treats it as absent.
  let blank: Value?
  private let read: @Sendable (InputValue, Place, inout [FieldError]) -> Value?

  enum Absent: Sendable {
    case refused
    case becomes(Value)
  }

  init(
    _ schema: Schema, absent: Absent = .refused, blank: Value? = nil,
    read: @escaping @Sendable (InputValue, Place, inout [FieldError]) -> Value?
  ) {
    self.schema = schema
    self.absent = absent
    self.blank = blank
    self.read = read
  }

  /// The value, or nil after adding at least one error.
  func value(of given: InputValue?, at place: Place, errors: inout [FieldError]) -> Value? {
    if let given, !given.isBlank { return read(given, place, &errors) }
    if given != nil, let blank { return blank }
    switch absent {
    case .becomes(let value): return value
    case .refused: return place.refuse(.missing, &errors)
    }
  }
}

/// Where a value stands in the input, such as `lines.0.quantity`.
struct Place: Sendable {
  let path: String

  static let top = Place(path: "")

  func part(_ name: String) -> Place { Place(path: path.isEmpty ? name : "\(path).\(name)") }

  func refuse<Value>(_ reason: FieldError.Reason, _ errors: inout [FieldError]) -> Value? {
    errors.append(FieldError(field: path, reason: reason))
    return nil
  }
}
