package import FoundationEssentials

/// A value on its way to the server, with the type that its placeholder has.
package struct Bind: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    case null
    /// In PostgreSQL's text format. A NUL byte in it is refused when the statement is sent.
    case text(String)
    case binary([UInt8])
  }
  let content: Content
  let type: TypeID
}

/// A Swift type that SQL can take as a value.
package protocol Bindable: Sendable {
  static var bindType: TypeID { get }
  var bind: Bind { get }
}

/// A type's object id in the server's catalog. Source: PostgreSQL's `pg_type.dat`, which never changes them.
package struct TypeID: Sendable, Hashable {
  let oid: UInt32
  /// The id of the array of this type, where we send or read such arrays.
  let array: UInt32

  package static let boolean = TypeID(oid: 16, array: 1000)
  package static let bytes = TypeID(oid: 17, array: 1001)
  package static let name = TypeID(oid: 19, array: 1003)
  package static let int8 = TypeID(oid: 20, array: 1016)
  package static let int2 = TypeID(oid: 21, array: 1005)
  package static let int4 = TypeID(oid: 23, array: 1007)
  package static let text = TypeID(oid: 25, array: 1009)
  package static let json = TypeID(oid: 114, array: 199)
  package static let float8 = TypeID(oid: 701, array: 1022)
  package static let characters = TypeID(oid: 1042, array: 1014)
  package static let varchar = TypeID(oid: 1043, array: 1015)
  package static let timestamp = TypeID(oid: 1184, array: 1185)
  package static let numeric = TypeID(oid: 1700, array: 1231)
  package static let uuid = TypeID(oid: 2950, array: 2951)
  package static let jsonb = TypeID(oid: 3802, array: 3807)
}

extension String: Bindable {
  package static var bindType: TypeID { .text }
  package var bind: Bind { Bind(content: .text(self), type: .text) }
}

extension Int: Bindable {
  package static var bindType: TypeID { .int8 }
  package var bind: Bind { Bind(content: .text(String(self)), type: .int8) }
}

extension Int128: Bindable {
  package static var bindType: TypeID { .numeric }
  package var bind: Bind { Bind(content: .text(String(self)), type: .numeric) }
}

extension Double: Bindable {
  package static var bindType: TypeID { .float8 }
  package var bind: Bind { Bind(content: .text(String(self)), type: .float8) }
}

extension Bool: Bindable {
  package static var bindType: TypeID { .boolean }
  package var bind: Bind { Bind(content: .text(self ? "t" : "f"), type: .boolean) }
}

extension UUID: Bindable {
  package static var bindType: TypeID { .uuid }
  package var bind: Bind {
    let bytes = withUnsafeBytes(of: uuid) { Array($0) }
    return Bind(content: .binary(bytes), type: .uuid)
  }
}

extension Date: Bindable {
  package static var bindType: TypeID { .timestamp }
  /// To the microsecond, which is what the server keeps.
  package var bind: Bind {
    let microseconds = (timeIntervalSince(.postgreSQLEpoch) * 1_000_000).rounded()
    let value = Int64(exactly: microseconds) ?? (microseconds < 0 ? .min : .max)
    return Bind(
      content: .binary(withUnsafeBytes(of: value.bigEndian) { Array($0) }), type: .timestamp)
  }
}

extension Date {
  /// 2000-01-01 00:00 UTC, from which the server counts.
  static let postgreSQLEpoch = Date(timeIntervalSince1970: 946_684_800)
}

/// Bytes for a `bytea` column.
package struct Bytes: Bindable, Equatable {
  package let array: [UInt8]
  package init(_ array: [UInt8]) { self.array = array }

  package static var bindType: TypeID { .bytes }
  package var bind: Bind { Bind(content: .binary(array), type: .bytes) }
}

/// Text that is JSON, for a `jsonb` column.
package struct JSONText: Bindable, Equatable {
  package let text: String
  package init(_ text: String) { self.text = text }

  package static var bindType: TypeID { .jsonb }
  package var bind: Bind { Bind(content: .text(text), type: .jsonb) }
}

extension Optional: Bindable where Wrapped: Bindable {
  package static var bindType: TypeID { Wrapped.bindType }
  package var bind: Bind { self?.bind ?? Bind(content: .null, type: Wrapped.bindType) }
}

extension Array: Bindable where Element: Bindable {
  package static var bindType: TypeID { TypeID(oid: Element.bindType.array, array: 0) }

  /// In the binary format of one-dimensional arrays: dimensions, has-null flag, element type,
  /// length, lower bound, then each element with its length (-1 for null).
  package var bind: Bind {
    var bytes: [UInt8] = []
    let elements = map(\.bind)
    let hasText = elements.contains { if case .text = $0.content { true } else { false } }
    // Elements that only have a text form travel as an array literal.
    if hasText { return Bind(content: .text(Self.literal(elements)), type: Self.bindType) }
    bytes.append(bigEndian: elements.isEmpty ? 0 : 1)
    bytes.append(bigEndian: elements.contains { $0.content == .null } ? 1 : 0)
    bytes.append(bigEndian: Int32(bitPattern: Element.bindType.oid))
    guard !elements.isEmpty else { return Bind(content: .binary(bytes), type: Self.bindType) }
    bytes.append(bigEndian: Int32(elements.count))
    bytes.append(bigEndian: 1)
    for case let element in elements {
      guard case .binary(let content) = element.content else {
        bytes.append(bigEndian: -1)
        continue
      }
      bytes.append(bigEndian: Int32(content.count))
      bytes += content
    }
    return Bind(content: .binary(bytes), type: Self.bindType)
  }

  private static func literal(_ elements: [Bind]) -> String {
    let parts = elements.map { element in
      guard case .text(let text) = element.content else { return "NULL" }
      let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "\"\(escaped)\""
    }
    return "{\(parts.joined(separator: ","))}"
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian value: Int32) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
